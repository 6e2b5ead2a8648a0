import { availableMemory } from "node:process";
import { memory, sizeOf } from "@vidtok/tensor";
import type { Backend, Precision, Shape } from "@vidtok/tensor";
import type { ModelConfig } from "../config/modelConfig.ts";
import { traitsOf } from "../families/traitsOf.ts";
import { isStreamable } from "../isStreamable.ts";
import { spatialFactor } from "../lengths.ts";
import { groupUse } from "./groupUse.ts";
import type { GroupUse } from "./groupUse.ts";
import type { Parts } from "./parts.ts";
import type { Feeding } from "./segmentUse.ts";
import { Shadow } from "./shadow.ts";

// Of a group, whose frames wait between segments: 17 frames of 256 × 256, with the 3 in front, are
// one.
const groupPixels = 5 * 2 ** 18;
// The rest is for gaps between tensors and the working memory of kernels.
const share = 0.9;

/** What is to be computed. */
interface Task {
  readonly half: "encoder" | "decoder";
  /** The frames or latents, `[n, c, t, h, w]`. */
  readonly shape: Shape;
  /** Whether other parts of the video follow, or came before. */
  readonly isPart: boolean;
  readonly backend: Backend;
}

/** Parts, and the bytes of all tensors with them. */
interface Plan extends Parts {
  readonly bytes: number;
  readonly work: number;
}

interface Group extends GroupUse {
  readonly latents: number;
}

/** Chooses in which parts a model computes, so that its tensors fit into memory. */
export class Planner {
  readonly #config: ModelConfig;
  readonly #precision: Precision;
  #free: number | undefined;
  #shadow: Shadow | undefined;
  /** Groups that were measured for a task and a budget; the first is the usual one, untiled. */
  readonly #measured = new Map<string, readonly Group[]>();

  constructor(config: ModelConfig, precision: Precision) {
    this.#config = config;
    this.#precision = precision;
  }

  /**
   * The parts for a task of `op` whose tensors take at most `budget` bytes, or an error. Without a
   * budget it is what the machine has free, and the parts that take least where none fit.
   */
  parts(op: string, task: Task, budget: number | undefined): Parts {
    // Once, since memory that was freed may stay with the backend for reuse.
    this.#free ??= availableMemory() + memory().live;
    const room = share * (budget ?? this.#free);
    const fits = ({ bytes }: Plan): boolean => bytes <= room;
    const key = [task.half, ...task.shape, task.isPart, budget].join();
    const known = this.#measured.get(key) ?? [this.#usual(task)];
    const isKnown = this.#plans(task, known).some(fits);
    const groups = isKnown ? known : [known[0]!, ...this.#groups(task, room)];
    this.#measured.set(key, groups);
    const plans = this.#plans(task, groups);
    const fitting = plans.filter(fits);
    if (fitting.length > 0) return least(fitting, ({ work }) => work);
    const leanest = least(plans, ({ bytes }) => bytes);
    if (budget === undefined) return leanest;
    throw new RangeError(this.#refusal(op, task, leanest.bytes / share, budget));
  }

  /** The least budget for a task, with `more` bytes of tensors that do not exist yet. */
  least(task: Task, more: number): number {
    const plans = this.#plans(task, [this.#usual(task), ...this.#groups(task, 0)]);
    return (least(plans, ({ bytes }) => bytes).bytes + more) / share;
  }

  /** Plans for groups, with the tensors that exist now. */
  #plans(task: Task, groups: readonly Group[]): readonly Plan[] {
    return groups.map((group) => ({
      ...group,
      bytes: group.bytes + this.#around(task, group.latents),
    }));
  }

  #usual(task: Task): Group {
    return this.#group(task, this.#latents(task).usual, Infinity);
  }

  /** Groups of several lengths, each with the largest tiles that fit. */
  #groups(task: Task, room: number): readonly Group[] {
    const { total } = this.#latents(task);
    const lengths = this.#isStreamable ? halvings(total) : [total];
    return lengths.map((latents) => this.#group(task, latents, room - this.#around(task, latents)));
  }

  get #isStreamable(): boolean {
    return isStreamable(this.#config.encoder, this.#config.decoder);
  }

  /** How many latent frames there are, and how many are computed at a time if memory allows. */
  #latents({ half, shape }: Task): { readonly total: number; readonly usual: number } {
    const config = this.#config[half];
    const { timeDownsampleFactor: f } = config;
    const [n, , t, height, width] = shape as [number, number, number, number, number];
    const front = traitsOf(config).framesInFront(t, f);
    const total = half === "encoder" ? Math.max(1, Math.floor((t + front) / f)) : t;
    if (!this.#isStreamable) return { total, usual: total };
    const pixels = height * width * (half === "encoder" ? 1 : spatialFactor(config) ** 2);
    const most = Math.max(1, Math.floor(groupPixels / (n * f * pixels)));
    return { total, usual: Math.min(most, total) };
  }

  /** What a group of `latents` latent frames takes, in tiles where it exceeds `room`. */
  #group(task: Task, latents: number, room: number): Group {
    const { half, shape } = task;
    const { timeDownsampleFactor: f } = this.#config[half];
    const frames = half === "encoder" ? latents * f : latents;
    const use = this.#shadowOn(task.backend).run(half, (segments, sizing) =>
      groupUse(segments, shape.with(2, frames), this.#feeding(task, latents), room, sizing),
    );
    return { ...use, latents };
  }

  #feeding(task: Task, latents: number): Feeding {
    if (!this.#isStreamable) return "whole clip";
    const isWhole = !task.isPart && latents === this.#latents(task).total;
    return isWhole ? "whole video" : "part of a video";
  }

  #shadowOn(backend: Backend): Shadow {
    return (this.#shadow ??= new Shadow(this.#config, this.#precision, backend));
  }

  /** Bytes of all that stays while groups of `latents` latent frames are computed. */
  #around(task: Task, latents: number): number {
    const { half, shape, isPart, backend } = task;
    const { timeDownsampleFactor: f } = this.#config[half];
    // Kernels keep packed weights, too.
    const stays = memory().live + this.#shadowOn(backend).weightBytes(half);
    if (half === "encoder") {
      const frames = shape[2]!;
      const front = isPart ? 0 : traitsOf(this.#config.encoder).framesInFront(frames, f);
      // The clip is copied with the frames in front.
      return stays + (front > 0 ? 4 * sizeOf(shape.with(2, frames + front)) : 0);
    }
    if (latents === this.#latents(task).total) return stays;
    const { decoder } = this.#config;
    const [n, , t, height, width] = shape as [number, number, number, number, number];
    const pixels = n * t * f * height * width * spatialFactor(decoder) ** 2;
    // The frames of all groups, and the video made of them.
    return stays + 2 * 4 * decoder.outChannels * pixels;
  }

  #refusal(op: string, { half, shape }: Task, needed: number, budget: number): string {
    const [, , t, height, width] = shape;
    const size = `${t} x ${height} x ${width} ${half === "encoder" ? "frames" : "latents"}`;
    const reason =
      this.#config[half].normType === "groupnorm"
        ? "; group norm averages over whole frames, which allows no tiles"
        : "";
    return (
      `${op}: ${size} need about ${Math.ceil(needed / 1e6)} MB, memoryBudget is ` +
      `${Math.floor(budget / 1e6)} MB${reason}; raise it or take fewer frames at a time`
    );
  }
}

/** total, total / 2, ... 1, rounded up. */
function halvings(total: number): readonly number[] {
  return total === 1 ? [1] : [total, ...halvings(Math.ceil(total / 2))];
}

function least<T>(items: readonly T[], valueOf: (item: T) => number): T {
  return items.reduce((best, item) => (valueOf(item) < valueOf(best) ? item : best));
}

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

/** Parts, and the bytes of all tensors that they lead to. */
interface Plan extends Parts {
  readonly bytes: number;
  readonly work: number;
}

/** Chooses in which parts a model computes, so that its tensors fit into memory. */
export class Planner {
  readonly #config: ModelConfig;
  readonly #precision: Precision;
  #free: number | undefined;
  #shadow: Shadow | undefined;
  readonly #wholes = new Map<string, GroupUse>();

  constructor(config: ModelConfig, precision: Precision) {
    this.#config = config;
    this.#precision = precision;
  }

  /**
   * The parts for a task of `op` whose tensors take at most `budget` bytes, an error where there are
   * none; without a budget what the machine has free, or the parts that take least.
   */
  parts(op: string, task: Task, budget: number | undefined): Parts {
    // Once, since memory that was freed may stay with the backend for reuse.
    this.#free ??= availableMemory() + memory().live;
    const room = share * (budget ?? this.#free);
    const whole = this.#whole(task);
    if (whole.bytes <= room) return whole;
    const plans = this.#plans(task, room);
    const fitting = plans.filter(({ bytes }) => bytes <= room);
    if (fitting.length > 0) return least(fitting, ({ work }) => work);
    const leanest = least(plans, ({ bytes }) => bytes);
    if (budget === undefined) return leanest;
    throw new RangeError(this.#refusal(op, task, leanest.bytes / share, budget));
  }

  /** The least budget for a task, with `more` bytes of tensors that do not exist yet. */
  least(task: Task, more: number): number {
    const plans = [this.#whole(task), ...this.#plans(task, 0)];
    return (Math.min(...plans.map(({ bytes }) => bytes)) + more) / share;
  }

  #whole(task: Task): Plan {
    const { usual } = this.#latents(task);
    const key = JSON.stringify([task.half, task.shape, task.isPart]);
    const use = this.#wholes.get(key) ?? this.#use(task, usual, Infinity);
    this.#wholes.set(key, use);
    return { ...use, latents: usual, bytes: use.bytes + this.#around(task, usual) };
  }

  /** Plans for groups of several lengths, each with the largest tiles that fit. */
  #plans(task: Task, room: number): readonly Plan[] {
    const { total } = this.#latents(task);
    const groups = this.#isStreamable ? halvings(total) : [total];
    return groups.map((latents) => {
      const around = this.#around(task, latents);
      const use = this.#use(task, latents, room - around);
      return { ...use, latents, bytes: use.bytes + around };
    });
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

  #use(task: Task, latents: number, room: number): GroupUse {
    const { half, shape, isPart, backend } = task;
    this.#shadow ??= new Shadow(this.#config, this.#precision, backend);
    const { timeDownsampleFactor: f } = this.#config[half];
    const frames = half === "encoder" ? latents * f : latents;
    const isWhole = !isPart && latents === this.#latents(task).total;
    const feeding = !this.#isStreamable
      ? "whole clip"
      : isWhole
        ? "whole video"
        : "part of a video";
    return this.#shadow.run(half, (segments, sizing) =>
      groupUse(segments, shape.with(2, frames), feeding, room, sizing),
    );
  }

  /** Bytes of all that stays while groups of `latents` latent frames are computed. */
  #around(task: Task, latents: number): number {
    const { half, shape, isPart, backend } = task;
    const { timeDownsampleFactor: f } = this.#config[half];
    this.#shadow ??= new Shadow(this.#config, this.#precision, backend);
    // Kernels keep weights in an order of their own, too.
    const stays = memory().live + this.#shadow.weightBytes(half);
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

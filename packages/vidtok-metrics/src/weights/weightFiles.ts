/** A published file of weights. */
export interface WeightFile {
  readonly name: string;
  readonly url: string;
  readonly bytes?: number;
  readonly checksum?: Checksum;
}

/** What a file hashes to. */
export interface Checksum {
  readonly algorithm: "sha256" | "md5";
  /** The first hexadecimal digits, or all of them. */
  readonly digits: string;
}

/** Files that are fetched together; `lpips` is the reference's net. */
export type WeightSet = "lpips" | "lpips-alex" | "lpips-squeeze" | "i3d" | "i3d-torchscript";

const torchvision = "https://download.pytorch.org/models";
const heads = "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1";

/** Where the weights of each metric come from. */
export const weightFiles: Readonly<Record<WeightSet, readonly WeightFile[]>> = {
  lpips: [
    {
      name: "vgg16-397923af.pth",
      url: `${torchvision}/vgg16-397923af.pth`,
      bytes: 553_433_881,
      checksum: sha256("397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"),
    },
    {
      name: "vgg.pth",
      url: "https://heibox.uni-heidelberg.de/f/607503859c864bc1b30b/?dl=1",
      checksum: { algorithm: "md5", digits: "d507d7349b931f0638a25a48a722f98a" },
    },
  ],
  "lpips-alex": [
    {
      name: "alexnet-owt-7be5be79.pth",
      url: `${torchvision}/alexnet-owt-7be5be79.pth`,
      bytes: 244_408_911,
      checksum: sha256("7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02"),
    },
    {
      name: "alex.pth",
      url: `${heads}/alex.pth`,
      bytes: 6009,
      checksum: sha256("df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"),
    },
  ],
  "lpips-squeeze": [
    {
      // torchvision puts the hash's first digits into the name.
      name: "squeezenet1_1-b8a52dc0.pth",
      url: `${torchvision}/squeezenet1_1-b8a52dc0.pth`,
      checksum: sha256("b8a52dc0"),
    },
    { name: "squeeze.pth", url: `${heads}/squeeze.pth` },
  ],
  i3d: [
    {
      name: "i3d_pretrained_400.pt",
      url: "https://github.com/bytedance/pv3d/releases/download/v1.0.0/i3d_pretrained_400.pt",
    },
  ],
  "i3d-torchscript": [
    {
      name: "i3d_torchscript.pt",
      url: "https://www.dropbox.com/s/ge9e5ujwgetktms/i3d_torchscript.pt?dl=1",
    },
  ],
};

function sha256(digits: string): Checksum {
  return { algorithm: "sha256", digits };
}

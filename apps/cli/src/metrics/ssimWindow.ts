/** Rows and columns of SSIM's window; smaller frames have no SSIM. */
export const ssimWindow = 11;

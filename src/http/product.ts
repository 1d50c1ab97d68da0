// How the hosted pages present the host's product: its name, its logo, its color.

/** The product of this deployment. */
export interface Product {
  readonly name: string;
  readonly logoUrl: string | null;
  /** `#rrggbb`. */
  readonly accentColor: string | null;
  readonly homeUrl: string | null;
}

/** The settings that say so. */
interface ProductConfig {
  readonly productName: string | null;
  readonly productLogoUrl: string | null;
  readonly productAccentColor: string | null;
  readonly productHomeUrl: string | null;
  readonly frontendUrl: string;
}

/** The product, named by the host of the frontend where it has no name. */
export function productOf(config: ProductConfig): Product {
  return {
    name: config.productName ?? new URL(config.frontendUrl).host,
    logoUrl: config.productLogoUrl,
    accentColor: config.productAccentColor,
    homeUrl: config.productHomeUrl,
  };
}

/** Style rules with the product's color; empty without one. */
export function productStyle({ accentColor }: Product): string {
  if (accentColor === null) return '';
  const ink = hasDarkInk(accentColor) ? '#000' : '#fff';
  return `.product-button { --button: ${accentColor}; --button-ink: ${ink}; }\n`;
}

/**
 * Whether black text has more contrast on the color than white text. One of the two always has at
 * least 4.5:1 (WCAG 2.2, "contrast ratio" and "relative luminance").
 */
function hasDarkInk(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05);
}

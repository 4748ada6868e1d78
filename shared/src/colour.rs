//! Colours that can be read: a town's own colours are taken as they are, and what stands on them or is written in them is
//! chosen so that WCAG 2.2's contrast of 4.5 : 1 is kept.

use std::fmt;
use std::str::FromStr;

/// The contrast WCAG 2.2 asks of text at level AA (1.4.3).
pub const TEXT_CONTRAST: f64 = 4.5;

/// An opaque sRGB colour, written `#rrggbb`.
///
/// ```
/// use mendmap_shared::colour::Colour;
/// let yellow: Colour = "#ffdd00".parse().unwrap();
/// assert_eq!(yellow.text_on(), Colour::BLACK);
/// assert!("yellow".parse::<Colour>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// The text is no `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAColour;

impl fmt::Display for NotAColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a colour is written as #rrggbb")
    }
}

impl std::error::Error for NotAColour {}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(NotAColour)?;
        // `from_str_radix` would take a sign as well.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAColour);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| NotAColour)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Colour {
    /// `#000000`.
    pub const BLACK: Self = Self([0; 3]);
    /// `#ffffff`.
    pub const WHITE: Self = Self([255; 3]);

    /// A colour from its parts.
    #[must_use]
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Relative luminance as WCAG defines it: 0 for black, 1 for white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast between two colours: 1 for the same one, 21 for black and white.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Black or white, whichever stands out more on this colour. One of them always reaches [`TEXT_CONTRAST`].
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    /// This colour, mixed with as little black or white as makes it readable on `ground`; itself where it already is.
    #[must_use]
    pub fn readable_on(self, ground: Self) -> Self {
        const STEPS: u32 = 64;
        let far = ground.text_on();
        let mixed = (0..=STEPS).map(|step| self.mixed(far, step, STEPS));
        // The last step is black or white itself, which is readable on every ground.
        mixed.into_iter().find(|colour| colour.contrast(ground) >= TEXT_CONTRAST).unwrap_or(far)
    }

    /// `share` of `whole` parts of the other colour, the rest of this one.
    fn mixed(self, other: Self, share: u32, whole: u32) -> Self {
        let mut parts = self.0;
        for (part, other) in parts.iter_mut().zip(other.0) {
            let sum = u32::from(*part) * (whole - share) + u32::from(other) * share;
            // A mean of two bytes is one itself.
            *part = u8::try_from(sum / whole).unwrap_or(u8::MAX);
        }
        Self(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Colours from all over the cube, corners included.
    fn many() -> impl Iterator<Item = Colour> {
        let parts = [0, 51, 102, 153, 204, 255];
        parts.into_iter().flat_map(move |red| {
            parts.into_iter().flat_map(move |green| parts.map(|blue| Colour::rgb(red, green, blue)))
        })
    }

    #[test]
    fn a_colour_is_read_and_written_as_six_digits() {
        for text in ["#0b4f6c", "#ffffff", "#000000"] {
            assert_eq!(text.parse::<Colour>().map(|colour| colour.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "red", "#fff", "0b4f6c", "#0b4f6", "#0b4f6cc", "#+12345", "#ééé"] {
            assert_eq!(text.parse::<Colour>(), Err(NotAColour), "{text}");
        }
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 1e-9);
        assert!((Colour::WHITE.contrast(Colour::WHITE) - 1.0).abs() < 1e-9);
        // The grey that is known for being just enough on white.
        let grey = Colour::rgb(0x76, 0x76, 0x76);
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
        assert!((Colour::WHITE.contrast(grey) - 4.54).abs() < 0.01);
    }

    #[test]
    fn text_is_readable_on_every_colour() {
        for colour in many() {
            assert!(colour.contrast(colour.text_on()) >= TEXT_CONTRAST, "{colour}");
        }
    }

    #[test]
    fn every_colour_is_made_readable_on_light_and_on_dark() {
        for ground in [Colour::rgb(0xe8, 0xf2, 0xf8), Colour::rgb(0x10, 0x30, 0x3f)] {
            for colour in many() {
                assert!(colour.readable_on(ground).contrast(ground) >= TEXT_CONTRAST, "{colour} on {ground}");
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_already_stays_as_it_is() {
        let blue = Colour::rgb(0x0b, 0x5d, 0x85);
        assert_eq!(blue.readable_on(Colour::WHITE), blue);
    }
}

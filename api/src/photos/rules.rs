//! From whatever a phone sent to three plain JPEGs.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView as _, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::{PHOTO_EDGE, PHOTO_FULL_EDGE, PHOTO_PAGE_EDGE, PHOTO_PIXELS, PHOTO_THUMB_EDGE};
use sha2::{Digest as _, Sha256};

/// Bytes the decoder may use for one picture: 52 megapixels in 8-bit RGBA, with room for its own tables.
const DECODER_BYTES: u64 = 256 * 1024 * 1024;
/// JPEG quality of the stored sizes.
const QUALITY: u8 = 84;
/// What every JPEG file begins with (ITU-T T.81, B.1.1.3: SOI).
const JPEG_START: &[u8] = b"\xFF\xD8";

/// A picture in its three sizes.
#[derive(Debug)]
pub struct Processed {
    /// SHA-256 of the largest size, in hexadecimal.
    pub id: String,
    /// Width in pixels of the largest size.
    pub width: u32,
    /// Height in pixels of the largest size.
    pub height: u32,
    /// The sizes as JPEG files, in the order of [`Size::ALL`].
    pub files: [Vec<u8>; 3],
}

/// A stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 2048 pixels at most.
    Full,
    /// 800 pixels at most.
    Page,
    /// 250 pixels at most.
    Thumb,
}

impl Size {
    /// All of them, largest first.
    pub const ALL: [Self; 3] = [Self::Full, Self::Page, Self::Thumb];

    /// The word in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Page => "page",
            Self::Thumb => "thumb",
        }
    }

    const fn edge(self) -> u32 {
        match self {
            Self::Full => PHOTO_FULL_EDGE,
            Self::Page => PHOTO_PAGE_EDGE,
            Self::Thumb => PHOTO_THUMB_EDGE,
        }
    }
}

/// Decodes, turns upright, shrinks and re-encodes one picture.
///
/// The size in pixels is read from the header and refused before anything is decoded, so a bomb costs its own bytes.
///
/// # Errors
/// `image_undecodable` for anything but a whole JPEG, PNG or WebP; `image_too_many_pixels` above the limit.
pub fn process(bytes: &[u8]) -> Result<Processed, ErrorCode> {
    let undecodable = |_| ErrorCode::ImageUndecodable;
    let mut decoder = decoder(bytes)?;
    let orientation = decoder.orientation().map_err(undecodable)?;
    // Shrunk before it is turned and flattened: those then work on the small copy.
    let mut picture = shrink(DynamicImage::from_decoder(decoder).map_err(undecodable)?, PHOTO_FULL_EDGE);
    picture.apply_orientation(orientation);
    keep_sizes(&picture)
}

/// How many pixels a picture has, by its header.
///
/// # Errors
/// See [`process`].
pub fn pixels(bytes: &[u8]) -> Result<u64, ErrorCode> {
    let (width, height) = decoder(bytes)?.dimensions();
    Ok(u64::from(width) * u64::from(height))
}

/// A decoder for what we take, with everything checked that its header tells.
fn decoder(bytes: &[u8]) -> Result<impl ImageDecoder + '_, ErrorCode> {
    let undecodable = |_| ErrorCode::ImageUndecodable;
    if bytes.starts_with(JPEG_START) && !jpeg_has_its_end(bytes) {
        return Err(ErrorCode::ImageUndecodable);
    }
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| ErrorCode::ImageUndecodable)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(ErrorCode::ImageUndecodable);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(ErrorCode::ImageUndecodable);
    }
    let too_many = u64::from(width) * u64::from(height) > PHOTO_PIXELS || width.max(height) > PHOTO_EDGE;
    if too_many || decoder.total_bytes() > DECODER_BYTES {
        return Err(ErrorCode::ImageTooManyPixels);
    }
    Ok(decoder)
}

/// Whether an end-of-image marker follows the picture's own data (ITU-T T.81, annex B).
///
/// The decoder paints what is missing of a truncated file grey, as browsers do; we would rather say that half of the
/// upload is missing. Only what comes after the first scan counts, because a preview in the metadata has an end too;
/// and what a phone hangs behind the picture (a film, a second picture) is not looked at.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    let mut rest = &bytes[JPEG_START.len()..];
    loop {
        match rest {
            [0xFF, START_OF_SCAN, scan @ ..] => return scan.windows(2).any(|pair| pair == b"\xFF\xD9"),
            [0xFF, marker, high, low, ..] if !matches!(marker, 0 | 0xFF) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            [_, after @ ..] => rest = after,
            [] => return false,
        }
    }
}

/// Encodes an upright picture in the sizes that are kept.
///
/// # Errors
/// `image_undecodable` when it cannot be encoded, which no picture with pixels is known to cause.
pub fn keep_sizes(picture: &DynamicImage) -> Result<Processed, ErrorCode> {
    let mut picture = DynamicImage::ImageRgb8(flatten(picture));
    let (width, height) = picture.dimensions();

    let mut files = [const { Vec::new() }; 3];
    for (file, size) in files.iter_mut().zip(Size::ALL) {
        picture = shrink(picture, size.edge());
        let encoder = JpegEncoder::new_with_quality(file, QUALITY);
        picture.write_with_encoder(encoder).map_err(|_| ErrorCode::ImageUndecodable)?;
    }
    let id = Sha256::digest(&files[0]).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Processed { id, width, height, files })
}

fn shrink(picture: DynamicImage, edge: u32) -> DynamicImage {
    if picture.width() <= edge && picture.height() <= edge {
        return picture;
    }
    // The good filter works in floating point at full width, eight times the picture's own memory for a large one: by whole
    // pixels first, down to twice what is wanted.
    let coarse = 2 * edge;
    let picture =
        if picture.width().max(picture.height()) > 2 * coarse { picture.thumbnail(coarse, coarse) } else { picture };
    picture.resize(edge, edge, FilterType::Triangle)
}

/// Lays a picture with transparent parts on white: JPEG has none.
fn flatten(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let rgba = picture.to_rgba8();
    let over_white = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u16::from(channel), u16::from(alpha));
        u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        Rgb([over_white(r, a), over_white(g, a), over_white(b, a)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90]))
            .write_to(&mut bytes, ImageFormat::Png)
            .expect("encodes");
        bytes.into_inner()
    }

    #[test]
    fn a_large_picture_comes_out_in_three_sizes_and_the_same_one_has_the_same_name() {
        let processed = process(&png(3000, 1500)).expect("decodes");
        assert_eq!((processed.width, processed.height), (2048, 1024));
        for (file, edge) in processed.files.iter().zip([2048, 800, 250]) {
            assert_eq!(image::load_from_memory(file).expect("decodes").width(), edge);
        }
        assert_eq!(processed.id, process(&png(3000, 1500)).expect("decodes").id);
    }

    #[test]
    fn a_small_picture_is_not_enlarged() {
        assert_eq!(process(&png(40, 30)).expect("decodes").width, 40);
    }

    #[test]
    fn a_truncated_file_a_gif_and_an_empty_one_are_refused() {
        let whole = process(&png(600, 600)).expect("decodes").files[0].clone();
        for bad in [
            &whole[..whole.len() / 2],
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".as_slice(),
            b"".as_slice(),
            b"<svg/>".as_slice(),
        ] {
            assert_eq!(process(bad).expect_err("refused"), ErrorCode::ImageUndecodable);
        }
    }

    #[test]
    fn a_jpeg_cut_anywhere_is_refused_even_with_a_whole_preview_in_its_metadata() {
        let whole = process(&png(600, 600)).expect("decodes").files[0].clone();
        let preview = process(&png(40, 40)).expect("decodes").files[2].clone();
        let length = u16::try_from(preview.len() + 2).expect("small").to_be_bytes();
        let with_preview = [&whole[..2], b"\xFF\xE1", &length, &preview, &whole[2..]].concat();
        assert!(process(&with_preview).is_ok());
        assert!(process(&[whole.as_slice(), b"and a film \xFF\xDA"].concat()).is_ok());
        for file in [&whole, &with_preview] {
            for part in 1..10 {
                let cut = &file[..file.len() * part / 10];
                assert_eq!(process(cut).expect_err("refused"), ErrorCode::ImageUndecodable);
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_header() {
        // A PNG that says 60000 x 60000 and holds nothing.
        let mut bomb = png(1, 1);
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        // The checksum of the header covers the size.
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(process(&bomb).expect_err("refused"), ErrorCode::ImageTooManyPixels);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_pictures_never_panic(at in 0_usize..2000, byte in any::<u8>(), cut in 10_usize..2000) {
            let mut bytes = process(&png(64, 64)).expect("decodes").files[0].clone();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.min(bytes.len()));
            let _ = process(&bytes);
        }
    }
}

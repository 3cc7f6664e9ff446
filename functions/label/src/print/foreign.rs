//! Labels that carriers made: a page of a PDF, or a picture, as an object that can be put on a page of ours.

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use hayro_syntax::Pdf;
use hayro_write::{ChunkSettings, ExtractionQuery, extract};
use pdf_writer::{Chunk, Filter, Finish as _, Ref};
use png::{ColorType, Decoder, Transformations};

use super::PrintError;

/// Largest side of a picture, in pixels: 4 x 6 inches at 600 a inch are 2,400 x 3,600.
const MAX_PIXELS: u32 = 5_000;

/// Points of a picture's longer side: labels of carriers are 6 inches long, at whatever resolution.
const LONG_SIDE: f32 = 432.0;

/// A carrier's label.
pub(super) enum Foreign {
    /// A document with its first page's size in points.
    Page(Pdf, (f32, f32)),
    /// Samples of one byte, light ones high, with their size in pixels.
    Picture(Vec<u8>, (u32, u32)),
}

impl Foreign {
    /// The first page of a PDF.
    pub(super) fn page_of(bytes: &[u8]) -> Result<Self, PrintError> {
        let pdf = Pdf::new(bytes.to_vec()).map_err(|_| PrintError::Unreadable("PDF"))?;
        let size = pdf.pages().first().map(hayro_syntax::page::Page::render_dimensions);
        let size = size.filter(|(width, height)| *width > 1.0 && *height > 1.0).ok_or(PrintError::Unreadable("PDF"))?;
        Ok(Self::Page(pdf, size))
    }

    /// A PNG in grey.
    pub(super) fn picture_of(bytes: &[u8]) -> Result<Self, PrintError> {
        let wrong = |_| PrintError::Unreadable("PNG");
        let mut decoder = Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(wrong)?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width.max(height) > MAX_PIXELS {
            return Err(PrintError::Unreadable("PNG"));
        }
        let mut samples = vec![0; reader.output_buffer_size().ok_or(PrintError::Unreadable("PNG"))?];
        let frame = reader.next_frame(&mut samples).map_err(wrong)?;
        samples.truncate(frame.buffer_size());
        let channels = match frame.color_type {
            ColorType::Grayscale => 1,
            ColorType::GrayscaleAlpha => 2,
            ColorType::Rgb | ColorType::Indexed => 3,
            ColorType::Rgba => 4,
        };
        Ok(Self::Picture(samples.chunks(channels).map(grey).collect(), (width, height)))
    }

    /// Its size in points.
    pub(super) fn size(&self) -> (f32, f32) {
        match self {
            Self::Page(_, size) => *size,
            #[expect(clippy::cast_precision_loss, reason = "a picture has at most thousands of pixels a side")]
            Self::Picture(_, (width, height)) => {
                let scale = LONG_SIDE / (*width.max(height)).max(1) as f32;
                (*width as f32 * scale, *height as f32 * scale)
            }
        }
    }

    /// The matrix that puts it there: a page has its size in points, a picture is a unit square in its own space.
    pub(super) fn placed(&self, x: f32, y: f32, scale: f32) -> [f32; 6] {
        let (width, height) = match self {
            Self::Page(..) => (1.0, 1.0),
            Self::Picture(..) => self.size(),
        };
        [width * scale, 0.0, 0.0, height * scale, x, y]
    }

    /// Its objects, and which of them is drawn.
    pub(super) fn written(self, next: &mut Ref) -> (Chunk, Ref) {
        match self {
            Self::Page(pdf, _) => {
                let extracted = extract(&pdf, Box::new(|| next.bump()), ChunkSettings::default(), &[ExtractionQuery::new_xobject(0)]);
                match extracted.map(|extracted| (extracted.chunk, extracted.root_refs.into_iter().next())) {
                    Ok((chunk, Some(Ok(root)))) => (chunk, root),
                    // There is a first page: it was measured. An empty object draws nothing.
                    _ => empty(next.bump()),
                }
            }
            Self::Picture(samples, (width, height)) => {
                let id = next.bump();
                let mut chunk = Chunk::new();
                let data = deflated(&samples);
                let mut image = chunk.image_xobject(id, &data);
                image.filter(Filter::FlateDecode);
                image.width(pixels(width)).height(pixels(height)).bits_per_component(8);
                image.color_space().device_gray();
                image.finish();
                (chunk, id)
            }
        }
    }
}

fn empty(id: Ref) -> (Chunk, Ref) {
    let mut chunk = Chunk::new();
    chunk.form_xobject(id, b"").bbox(pdf_writer::Rect::new(0.0, 0.0, 1.0, 1.0));
    (chunk, id)
}

fn pixels(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// A pixel in grey on white paper (ITU-R BT.601), whatever its channels.
fn grey(pixel: &[u8]) -> u8 {
    let (light, alpha) = match pixel {
        [grey] => (u32::from(*grey), 255),
        [grey, alpha] => (u32::from(*grey), u32::from(*alpha)),
        [red, green, blue, rest @ ..] => {
            let light = (299 * u32::from(*red) + 587 * u32::from(*green) + 114 * u32::from(*blue)) / 1000;
            (light, rest.first().map_or(255, |alpha| u32::from(*alpha)))
        }
        [] => (255, 255),
    };
    u8::try_from((light * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}

/// Data as a `FlateDecode` stream.
pub(super) fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_grey_on_white_paper() {
        for (pixel, expected) in
            [(&[7][..], 7), (&[0, 0], 255), (&[0, 255], 0), (&[255, 255, 255], 255), (&[255, 0, 0], 76), (&[0, 0, 0, 128], 127)]
        {
            assert_eq!(grey(pixel), expected, "{pixel:?}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for bytes in [&b""[..], b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"hello"] {
            assert_eq!(Foreign::page_of(bytes).err(), Some(PrintError::Unreadable("PDF")));
            assert_eq!(Foreign::picture_of(bytes).err(), Some(PrintError::Unreadable("PNG")));
        }
    }
}

//! Labels as PDF: the carrier's own, put on the page that was asked for, or drawn by us from what the carrier says.
//!
//! Both paper formats carry the label at its own size, 4 x 6 inches: barcodes are not scaled, so that every scanner reads them. On A4 it stands
//! in the upper left, with the packing slip beside and below it.

mod bars;
mod canvas;
mod face;
mod foreign;
mod letters;
mod slip;

pub use bars::{BarsError, Linear};
pub use face::{Field, Sheet};
pub use slip::Slip;

use canvas::Canvas;
use foreign::Foreign;

/// Paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// A label of 4 x 6 inches.
    FourBySix,
    /// A4, for offices without a label printer.
    A4,
}

impl Paper {
    /// Width and height in points.
    fn points(self) -> (f32, f32) {
        match self {
            Self::FourBySix => (288.0, 432.0),
            Self::A4 => (595.0, 842.0),
        }
    }
}

impl std::str::FromStr for Paper {
    type Err = ();
    /// As the API spells them.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "4x6" => Ok(Self::FourBySix),
            "a4" => Ok(Self::A4),
            _ => Err(()),
        }
    }
}

/// Why a label cannot be printed. Nothing of its content is quoted: it names people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// The carrier's document is none that we can read.
    #[error("the carrier's label is no {0} that can be read")]
    Unreadable(&'static str),
    /// A number that no barcode of ours can hold.
    #[error(transparent)]
    Bars(#[from] BarsError),
}

/// What there is to print.
#[derive(Debug, Clone, Copy)]
pub enum Face<'a> {
    /// The carrier's PDF: its first page.
    Pdf(&'a [u8]),
    /// The carrier's picture.
    Png(&'a [u8]),
    /// What we draw ourselves.
    Sheet(&'a Sheet),
}

/// Prints a label. The same input makes the same bytes.
///
/// # Errors
/// Where the carrier's document cannot be read, or a number cannot be a barcode.
pub fn print(face: Face<'_>, slip: &Slip, paper: Paper) -> Result<Vec<u8>, PrintError> {
    let mut canvas = Canvas::new(paper.points());
    let margin = match paper {
        Paper::FourBySix => 0.0,
        Paper::A4 => {
            slip::draw(&mut canvas, slip);
            slip::MARGIN
        }
    };
    match face {
        Face::Pdf(bytes) => canvas.place(Foreign::page_of(bytes)?, margin, Paper::FourBySix.points()),
        Face::Png(bytes) => canvas.place(Foreign::picture_of(bytes)?, margin, Paper::FourBySix.points()),
        Face::Sheet(sheet) => face::draw(&mut canvas, sheet, margin)?,
    }
    Ok(canvas.finish())
}

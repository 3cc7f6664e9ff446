//! The label that we draw ourselves: for carriers that return data rather than a document, and to be packed with any parcel.

use super::PrintError;
use super::bars::{Linear, square};
use super::canvas::{Canvas, bold, plain};
use super::letters::written;

/// A caption and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// In capitals.
    pub caption: String,
    /// As given.
    pub text: String,
}

/// What the label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The carrier, in capitals.
    pub carrier: String,
    /// Its service.
    pub service: String,
    /// The sender, line by line.
    pub from: Vec<String>,
    /// The recipient, line by line, the country last.
    pub to: Vec<String>,
    /// Small fields: the order's number, part, package, weight. At most six are shown.
    pub fields: Vec<Field>,
    /// The carrier's number: the linear barcode.
    pub number: String,
    /// Our own reference of the parcel: the QR code.
    pub reference: String,
}

const WIDTH: f32 = 288.0;
const PAD: f32 = 12.0;
const ROOM: f32 = WIDTH - 2.0 * PAD;

/// Draws it, so far from the left and the top.
pub(super) fn draw(canvas: &mut Canvas, sheet: &Sheet, margin: f32) -> Result<(), PrintError> {
    let (bars, code) = (Linear::of(&sheet.number)?, square(&sheet.reference)?);
    let (x, top) = (margin + PAD, margin);

    canvas.text(bold(&sheet.carrier, 22.0), x, top + 30.0, 160.0);
    canvas.text(bold(&sheet.service, 13.0), x + 170.0, top + 30.0, ROOM - 170.0);
    canvas.rule(x, top + 38.0, ROOM);

    canvas.text(plain("FROM", 6.5), x, top + 48.0, ROOM);
    for (line, y) in sheet.from.iter().take(4).zip(steps(58.0, 9.0)) {
        canvas.text(plain(line, 8.0), x, top + y, ROOM);
    }
    canvas.rule(x, top + 92.0, ROOM);

    canvas.text(plain("TO", 6.5), x, top + 102.0, ROOM);
    for (line, y) in sheet.to.iter().take(7).zip(steps(117.0, 14.0)) {
        canvas.text(bold(line, 12.5), x, top + y, ROOM);
    }
    if sheet.to.iter().any(|line| written(line).lost) {
        canvas.text(plain("Letters shown as ? are on the carrier's record of this address.", 6.5), x, top + 211.0, ROOM);
    }
    canvas.rule(x, top + 216.0, ROOM);

    canvas.square(&code, x + ROOM - 84.0, top + 221.0, 84.0);
    for (field, i) in sheet.fields.iter().take(6).zip(0_u8..) {
        let (column, row) = (f32::from(i % 2), f32::from(i / 2));
        canvas.text(plain(&field.caption, 6.5), x + column * 88.0, top + 230.0 + row * 26.0, 84.0);
        canvas.text(bold(&field.text, 9.5), x + column * 88.0, top + 241.0 + row * 26.0, 84.0);
    }
    canvas.rule(x, top + 308.0, ROOM);

    canvas.bars(&bars, margin + PAD / 2.0, top + 318.0, WIDTH - PAD, 78.0);
    canvas.centred(bold(&bars.shown, 11.0), x, top + 411.0, ROOM);
    Ok(())
}

fn steps(from: f32, by: f32) -> impl Iterator<Item = f32> {
    (0_u8..).map(move |i| from + f32::from(i) * by)
}

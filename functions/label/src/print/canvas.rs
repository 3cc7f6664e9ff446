//! One page, drawn from the top left.

use pdf_writer::{Chunk, Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str};

use super::bars::{Linear, Square};
use super::foreign::Foreign;
use super::letters::{Weight, width, written};

const PLAIN: Name<'static> = Name(b"Plain");
const BOLD: Name<'static> = Name(b"Bold");
const LABEL: Name<'static> = Name(b"Label");

/// Smallest size at which text is written, in points; what does not fit then is cut, and ends in dots.
const SMALLEST: f32 = 5.5;

/// The page.
pub(super) struct Canvas {
    width: f32,
    height: f32,
    content: Content,
    foreign: Option<Foreign>,
}

/// A line of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) weight: Weight,
    /// In points; made smaller where the text does not fit.
    pub(super) size: f32,
}

/// A line in the plain font.
pub(super) fn plain(text: &str, size: f32) -> Line<'_> {
    Line { text, weight: Weight::Plain, size }
}

/// A line in the bold font.
pub(super) fn bold(text: &str, size: f32) -> Line<'_> {
    Line { text, weight: Weight::Bold, size }
}

impl Canvas {
    pub(super) fn new((width, height): (f32, f32)) -> Self {
        Self { width, height, content: Content::new(), foreign: None }
    }

    /// Writes a line whose letters stand on `y` points from the top, no wider than `room`.
    pub(super) fn text(&mut self, line: Line<'_>, x: f32, y: f32, room: f32) {
        let mut bytes = written(line.text).bytes;
        let wanted = width(&bytes, line.weight, line.size);
        let size = if wanted > room { (line.size * room / wanted).max(SMALLEST) } else { line.size };
        if width(&bytes, line.weight, size) > room {
            while !bytes.is_empty() && width(&bytes, line.weight, size) + width(b"...", line.weight, size) > room {
                bytes.pop();
            }
            bytes.extend(b"...");
        }
        self.content.begin_text();
        self.content.set_font(if line.weight == Weight::Bold { BOLD } else { PLAIN }, size);
        self.content.next_line(x, self.height - y);
        self.content.show(Str(&bytes));
        self.content.end_text();
    }

    /// The same, centred between `x` and `x + room`.
    pub(super) fn centred(&mut self, line: Line<'_>, x: f32, y: f32, room: f32) {
        let needed = width(&written(line.text).bytes, line.weight, line.size).min(room);
        self.text(line, x + (room - needed) / 2.0, y, room);
    }

    /// A filled rectangle.
    pub(super) fn fill(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.content.rect(x, self.height - y - height, width, height);
        self.content.fill_nonzero();
    }

    /// A thin line across.
    pub(super) fn rule(&mut self, x: f32, y: f32, width: f32) {
        self.fill(x, y, width, 0.75);
    }

    /// A linear barcode as wide as `room` with its quiet zones of ten modules, each bar as wide as it should be to a hundredth of a point.
    pub(super) fn bars(&mut self, bars: &Linear, x: f32, y: f32, room: f32, height: f32) {
        let module = room / count(bars.modules.len() + 20);
        let mut from = 0;
        while from < bars.modules.len() {
            let run = bars.modules[from..].iter().take_while(|dark| **dark == bars.modules[from]).count();
            if bars.modules[from] {
                self.content.rect(x + count(from + 10) * module, self.height - y - height, count(run) * module, height);
            }
            from += run;
        }
        self.content.fill_nonzero();
    }

    /// A QR code of this side with its quiet zone of four modules.
    pub(super) fn square(&mut self, code: &Square, x: f32, y: f32, side: f32) {
        let module = side / count(code.side + 8);
        for (i, _) in code.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            let (column, row) = (i % code.side, i / code.side);
            self.content.rect(x + count(column + 4) * module, self.height - y - count(row + 5) * module, module, module);
        }
        self.content.fill_nonzero();
    }

    /// Puts the carrier's label into a frame of this size, so far from the left and the top, as large as it can be without being distorted; never
    /// larger than it is.
    pub(super) fn place(&mut self, foreign: Foreign, margin: f32, (width, height): (f32, f32)) {
        let (own_width, own_height) = foreign.size();
        let scale = (width / own_width).min(height / own_height).min(1.0);
        let (x, y) = (margin + (width - own_width * scale) / 2.0, self.height - margin - f32::midpoint(height, own_height * scale));
        self.content.save_state();
        self.content.transform(foreign.placed(x, y, scale));
        self.content.x_object(LABEL);
        self.content.restore_state();
        self.foreign = Some(foreign);
    }

    /// The document.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut next = Ref::new(1);
        let [catalog, pages, page, plain, bold, content] = std::array::from_fn(|_| next.bump());
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(pages);
        pdf.pages(pages).kids([page]).count(1);
        let foreign = self.foreign.map(|foreign| foreign.written(&mut next));
        let mut sheet = pdf.page(page);
        sheet.media_box(Rect::new(0.0, 0.0, self.width, self.height)).parent(pages).contents(content);
        let mut resources = sheet.resources();
        resources.fonts().pair(PLAIN, plain).pair(BOLD, bold);
        if let Some((_, label)) = &foreign {
            resources.x_objects().pair(LABEL, *label);
        }
        resources.finish();
        sheet.finish();
        for (id, name) in [(plain, &b"Helvetica"[..]), (bold, b"Helvetica-Bold")] {
            pdf.type1_font(id).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        let drawn = super::foreign::deflated(&self.content.finish());
        pdf.stream(content, &drawn).filter(Filter::FlateDecode);
        if let Some((chunk, _)) = foreign {
            let chunk: Chunk = chunk;
            pdf.extend(&chunk);
        }
        pdf.finish()
    }
}

#[expect(clippy::cast_precision_loss, reason = "modules of a barcode are counted in hundreds")]
fn count(n: usize) -> f32 {
    n as f32
}

//! Values: what stands behind a key or a dash, on its line, below it, or over several lines.

use super::line::{Line, MAX_KEY};
use super::{Expected, MAX_ANCHORS, MAX_LEVELS, Properties, Reader};
use crate::document::node::{Kind, Style};
use crate::source::Span;

impl Reader<'_, '_> {
    pub(super) fn value(&mut self, at: usize, end: usize) -> Option<usize> {
        match self.text.byte(at) {
            b'|' => self.block(at, end, Style::Literal),
            b'>' => self.block(at, end, Style::Folded),
            b'[' | b'{' => {
                let (after, end) = self.flow(at, end, 0)?;
                self.text.nothing_more(after, end)
            }
            b'"' | b'\'' => {
                let line = self.text.quoted(at, end)?;
                self.emit(&line);
                self.text.nothing_more(line.span.end as usize, end)
            }
            b'&' | b'!' | b'*' if self.properties.is_some() => None,
            b'&' | b'!' => self.property(at, end),
            b'*' => {
                let after = self.alias(at, end)?;
                self.text.nothing_more(after, end)
            }
            _ => self.plain(at, end),
        }
    }

    // An anchor, or a tag of this file's own, and the value behind it on the line or below.
    fn property(&mut self, at: usize, end: usize) -> Option<usize> {
        let after = self.text.name_end(at, end)?;
        self.properties = Some(if self.text.byte(at) == b'&' {
            if self.anchors.len() >= MAX_ANCHORS {
                return None;
            }
            self.anchors.push(Span::new(at + 1, after));
            Properties { anchor: self.anchors.len(), tag: None }
        } else {
            Properties { anchor: 0, tag: Some(Span::new(at, after)) }
        });
        let value = self.text.skip_spaces(after, end);
        if value == end || self.text.byte(value) == b'#' {
            self.open = Expected::Value;
            return Some(end + 1);
        }
        // Here it would be a key's.
        if self.text.is_dash(value, end) || self.text.key(value, end).is_some() {
            return None;
        }
        self.value(value, end)
    }

    // Gives the place behind it.
    fn alias(&mut self, at: usize, end: usize) -> Option<usize> {
        let after = self.text.name_end(at, end)?;
        let name = self.text.source.slice(Span::new(at + 1, after));
        let anchor = self.anchors.iter().rposition(|span| self.text.source.slice(*span) == name)?;
        self.composer.alias(anchor + 1, Span::new(at, after));
        Some(after)
    }

    // A plain scalar and the lines on which it goes on: those that are indented more than what it belongs to.
    fn plain(&mut self, start: usize, end: usize) -> Option<usize> {
        let parent = self.levels.last()?.indent;
        let first = self.text.plain(start, end, |_, _| false)?;
        let mut last = first.span.end as usize;
        let mut text = std::mem::take(&mut self.text_of_lines);
        text.clear();
        let (mut line_end, mut next, mut breaks) = (end, end + 1, 0);
        // A comment ends it.
        while self.text.skip_spaces(last, line_end) == line_end && next < self.text.bytes.len() {
            let end = self.text.line_end(next);
            let content = self.text.skip_spaces(next, end);
            if content == end {
                (next, breaks) = (end + 1, breaks + 1);
                continue;
            }
            if content - next <= parent || self.text.byte(content) == b'#' {
                break;
            }
            if text.is_empty() {
                text.push_str(self.text.source.slice(first.span));
            }
            text.push_str(if breaks == 0 { " " } else { "" });
            text.extend(std::iter::repeat_n('\n', breaks));
            let more = self.text.plain_from(content, content, end, |_, _| false);
            text.push_str(self.text.source.slice(more.span));
            (last, line_end, next, breaks) = (more.span.end as usize, end, end + 1, 0);
        }
        // A colon here is a mapping where none may begin.
        let colon = self.text.has_colon(start, last);
        let written = self.text.source.slice(first.span);
        let id = self.composer.scalar(if text.is_empty() { written } else { &text }, Style::Plain, Span::new(start, last));
        self.give_properties(id);
        self.text_of_lines = text;
        (!colon).then_some(next)
    }

    pub(super) fn emit(&mut self, line: &Line) {
        let inner =
            if line.style == Style::Plain { line.span } else { Span { start: line.span.start + 1, end: line.span.end - 1 } };
        let written = self.text.source.slice(inner);
        let id = self.composer.scalar(line.decoded.as_deref().unwrap_or(written), line.style, line.span);
        self.give_properties(id);
    }

    /// A flow collection; gives the place behind it, and where its last line ends.
    fn flow(&mut self, start: usize, mut end: usize, depth: usize) -> Option<(usize, usize)> {
        let mapping = self.text.byte(start) == b'{';
        let (kind, close) = if mapping { (Kind::Mapping, b'}') } else { (Kind::Sequence, b']') };
        if depth > MAX_LEVELS {
            return None;
        }
        self.begin(kind, Style::Flow, Span::new(start, start + 1));
        let mut at = start + 1;
        (at, end) = self.flow_content(at, end)?;
        while self.text.byte(at) != close {
            // All of it is one line to who reads lines.
            if self.composer.is_full() {
                return None;
            }
            if mapping {
                let key = self.text.flow_scalar(at, end)?;
                self.emit(&key);
                let colon = self.text.skip_spaces(key.span.end as usize, end);
                let value = self.text.skip_spaces(colon + 1, end);
                // The value has to be there, behind a blank.
                let placed = colon < end && self.text.byte(colon) == b':' && value > colon + 1 && value < end;
                if !placed || colon - at > MAX_KEY {
                    return None;
                }
                at = value;
            }
            (at, end) = match self.text.byte(at) {
                b'[' | b'{' => self.flow(at, end, depth + 1)?,
                b'*' => (self.alias(at, end)?, end),
                _ => {
                    let scalar = self.text.flow_scalar(at, end)?;
                    self.emit(&scalar);
                    (scalar.span.end as usize, end)
                }
            };
            (at, end) = self.flow_content(at, end)?;
            match self.text.byte(at) {
                b',' => (at, end) = self.flow_content(at + 1, end)?,
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.composer.leave(Span::new(start, at + 1));
        Some((at + 1, end))
    }

    // Past blanks, line breaks and comments: where a flow collection goes on, and where that line ends.
    fn flow_content(&self, mut at: usize, mut end: usize) -> Option<(usize, usize)> {
        let parent = self.levels.last()?.indent;
        let mut content = self.text.skip_spaces(at, end);
        while content == end || (self.text.byte(content) == b'#' && content > at) {
            at = end + 1;
            if at >= self.text.bytes.len() {
                return None;
            }
            end = self.text.line_end(at);
            content = self.text.skip_spaces(at, end);
            if content < end && content - at <= parent {
                return None;
            }
        }
        Some((content, end))
    }

    /// A literal or folded block; gives where the line behind it begins.
    fn block(&mut self, header: usize, end: usize, style: Style) -> Option<usize> {
        let chomp = self.text.byte(header + 1);
        let after = header + if matches!(chomp, b'+' | b'-') { 2 } else { 1 };
        let body = self.text.nothing_more(after, end)?;
        let parent = self.levels.last()?.indent;
        let mut text = std::mem::take(&mut self.text_of_lines);
        text.clear();
        let (mut at, mut indent, mut breaks, mut widest) = (body, None, 0, 0);
        while at < self.text.bytes.len() {
            let line_end = self.text.line_end(at);
            let content = self.text.skip_spaces(at, line_end);
            let spaces = content - at;
            // Blanks at the very end of a file are a line to some readers, and none to others.
            if content == line_end && line_end == self.text.bytes.len() {
                return None;
            }
            if content == line_end && indent.is_none_or(|indent| spaces <= indent) {
                widest = widest.max(if indent.is_none() { spaces } else { 0 });
                breaks += 1;
                at = line_end + 1;
                continue;
            }
            let columns = *indent.get_or_insert(spaces);
            if spaces < columns {
                break;
            }
            // Empty lines that are wider than the text are a mistake; lines that are indented more are folded otherwise.
            if columns <= parent || widest > columns || (style == Style::Folded && spaces > columns) {
                return None;
            }
            let joined = style == Style::Folded && !text.is_empty() && text.ends_with('\n');
            if joined {
                text.pop();
                text.push_str(if breaks == 0 { " " } else { "" });
            }
            text.extend(std::iter::repeat_n('\n', breaks));
            text.push_str(self.text.source.slice(Span::new(at + columns, line_end)));
            text.push('\n');
            breaks = 0;
            at = line_end + 1;
        }
        // Of a text that is blank to Unicode the parser takes the indentation for none.
        let indent = indent.filter(|indent| *indent > parent && !text.trim().is_empty())?;
        match chomp {
            b'-' => {
                text.pop();
            }
            b'+' => text.extend(std::iter::repeat_n('\n', breaks)),
            _ => {}
        }
        let at = at.min(self.text.bytes.len());
        let id = self.composer.block_scalar(&text, style, Span::new(body, at), indent);
        self.give_properties(id);
        self.text_of_lines = text;
        Some(at)
    }
}

//! What a node holds, one after another.

use super::{NodeId, Ref};

/// The children of a node, aliases followed.
pub(super) struct Children<'d> {
    pub(super) parent: Ref<'d>,
    pub(super) next: u32,
    pub(super) end: u32,
}

impl<'d> Iterator for Children<'d> {
    type Item = Ref<'d>;

    #[inline]
    fn next(&mut self) -> Option<Ref<'d>> {
        let id = (self.next < self.end).then_some(NodeId(self.next))?;
        self.next = self.parent.document.nodes[id].next;
        Some(self.parent.child(id))
    }
}

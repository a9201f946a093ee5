//! Jobs in the order in which they run: by stages, and by what each needs. For every platform whose jobs wait for each other.

use crate::read::Truth;

/// What a job waits for.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// The stage that it is in; none where that is not known.
    pub stage: Option<u32>,
    /// The jobs that it needs, which it then waits for instead of earlier stages; none where it waits for those.
    pub needs: Option<Vec<usize>>,
    /// Whether it may wait for jobs that are not known here.
    pub open: bool,
}

/// Jobs, by number, with what they wait for.
#[derive(Debug, Default)]
pub struct Graph {
    jobs: Vec<Waits>,
}

/// The jobs that run before one: some by name, and all of earlier stages than one.
#[derive(Debug, Default)]
pub struct Before {
    named: Vec<bool>,
    below: Option<u32>,
    open: bool,
}

impl Graph {
    /// The graph of these jobs.
    #[must_use]
    pub fn new(jobs: Vec<Waits>) -> Self {
        Self { jobs }
    }

    /// All that runs before a job. Takes work in the number of jobs and of what they need.
    #[must_use]
    pub fn before(&self, job: usize) -> Before {
        // Of a job that waits for stages alone nothing is named.
        let names = self.jobs.get(job).is_some_and(|waits| waits.needs.is_some());
        let mut before = Before { named: if names { vec![false; self.jobs.len()] } else { Vec::new() }, ..Before::default() };
        let mut waiting = vec![job];
        while let Some(waits) = waiting.pop().and_then(|at| self.jobs.get(at)) {
            before.open |= waits.open || (waits.needs.is_none() && waits.stage.is_none());
            let Some(needs) = &waits.needs else {
                before.below = before.below.max(waits.stage);
                continue;
            };
            for need in needs {
                if let Some(met) = before.named.get_mut(*need).filter(|met| !**met) {
                    *met = true;
                    waiting.push(*need);
                }
            }
        }
        before
    }

    /// Whether `job` runs only once `earlier` is done.
    #[must_use]
    pub fn runs_before(&self, earlier: usize, job: usize) -> Truth {
        self.holds(&self.before(job), earlier)
    }

    /// Whether a job is among those that run before another one.
    #[must_use]
    pub fn holds(&self, before: &Before, job: usize) -> Truth {
        let stage = self.jobs.get(job).and_then(|waits| waits.stage);
        let in_earlier_stage = match (before.below, stage) {
            (None, _) => false,
            (Some(below), Some(stage)) => stage < below,
            (Some(_), None) => return Truth::Unknown,
        };
        if in_earlier_stage || before.named.get(job) == Some(&true) {
            return Truth::True;
        }
        if before.open { Truth::Unknown } else { Truth::False }
    }

    /// A job that waits for itself in the end, by what it needs.
    #[must_use]
    pub fn circle(&self) -> Option<usize> {
        // 0: not met, 1: on the way, 2: done.
        let mut state = vec![0_u8; self.jobs.len()];
        for first in 0..self.jobs.len() {
            let mut way = vec![(first, 0)];
            while let Some((job, next)) = way.pop() {
                let met = state.get_mut(job)?;
                if *met == 2 || (*met == 1 && next == 0) {
                    continue;
                }
                *met = 1;
                match self.jobs.get(job).and_then(|waits| waits.needs.as_ref()?.get(next)) {
                    None => *met = 2,
                    Some(need) => {
                        way.push((job, next + 1));
                        match state.get(*need) {
                            Some(1) => return Some(*need),
                            Some(0) => way.push((*need, 0)),
                            _ => {}
                        }
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Graph, Waits};
    use crate::read::Truth;

    fn job(stage: u32, needs: Option<&[usize]>) -> Waits {
        Waits { stage: Some(stage), needs: needs.map(<[usize]>::to_vec), open: false }
    }

    #[test]
    fn stages_and_needs_give_the_order() {
        // build (0), scan (1, needs build), lint (1), deploy (2), quick (2, needs build)
        let graph = Graph::new(vec![job(0, None), job(1, Some(&[0])), job(1, None), job(2, None), job(2, Some(&[0]))]);
        assert_eq!(graph.runs_before(1, 3), Truth::True);
        assert_eq!(graph.runs_before(2, 3), Truth::True);
        assert_eq!(graph.runs_before(0, 4), Truth::True);
        assert_eq!(graph.runs_before(2, 4), Truth::False);
        assert_eq!(graph.runs_before(3, 4), Truth::False);
        assert_eq!(graph.circle(), None);
    }

    #[test]
    fn a_need_without_needs_waits_for_earlier_stages() {
        let graph = Graph::new(vec![job(0, None), job(1, None), job(2, Some(&[1]))]);
        assert_eq!(graph.runs_before(0, 2), Truth::True);
    }

    #[test]
    fn circles_are_found_and_end() {
        let graph = Graph::new(vec![job(0, Some(&[1])), job(0, Some(&[2])), job(0, Some(&[0]))]);
        assert!(graph.circle().is_some());
        assert_eq!(graph.runs_before(0, 0), Truth::True);
    }

    #[test]
    fn what_is_not_known_is_neither_yes_nor_no() {
        let open = Waits { stage: Some(1), needs: Some(Vec::new()), open: true };
        let graph = Graph::new(vec![job(0, None), open]);
        assert_eq!(graph.runs_before(0, 1), Truth::Unknown);
    }
}

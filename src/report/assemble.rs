//! Puts together what the stages of a run returned. Pure.

use super::ZoneReport;
use crate::model::confirm::request::ConfirmedZone;
use crate::model::diagnosis::Diagnosis;
use crate::model::ignore;
use crate::model::survey::UnreadZone;
use crate::model::zone_run::ZoneRun;

/// The zones that could not be read, then the others. A plan that nobody asked for is left out.
pub fn zones(unread: &[UnreadZone], runs: &[ZoneRun], with_plan: bool) -> Vec<ZoneReport> {
    let failed = unread.iter().map(|one| unread_zone(one.clone()));
    failed.chain(runs.iter().map(|run| zone(run.clone(), with_plan))).collect()
}

/// A zone that could not be read.
pub fn unread_zone(UnreadZone { label, zone, failure }: UnreadZone) -> ZoneReport {
    ZoneReport::failed(label, zone, failure)
}

/// A zone that was read. A plan that nobody asked for is left out.
pub fn zone(run: ZoneRun, with_plan: bool) -> ZoneReport {
    let unheard = run.unheard().to_vec();
    let ZoneRun { survey, left_out, applied, verification, provider, notes } = run;
    let ignored_note: Vec<String> = ignore::summary(&survey.ignored).into_iter().collect();
    let mut diagnosis = survey.diagnosis;
    diagnosis.findings.extend(verification.findings.into_iter().chain(provider.findings));
    ZoneReport {
        is_examined: survey.is_examined,
        diagnosis,
        plan: with_plan.then_some(survey.plan),
        applied,
        confirmations: verification.confirmations,
        unheard,
        has_unknown_past: survey.has_unknown_past,
        not_looked_at: survey.not_looked_at,
        left_out,
        said: provider.said,
        notes: [survey.notes, verification.notes, provider.notes, notes, ignored_note].concat(),
        ignored: survey.ignored,
        ..ZoneReport::new(survey.zone.name.to_string(), Some(survey.zone))
    }
}

/// What was found out from outside.
pub fn confirmed(zones: Vec<ConfirmedZone>) -> Vec<ZoneReport> {
    let one = |zone: ConfirmedZone| {
        let ConfirmedZone { label, failure, confirmations, findings, unheard, notes } = zone;
        let diagnosis = Diagnosis { findings, ..Diagnosis::default() };
        let new = ZoneReport::new(label, None);
        ZoneReport { error: failure, diagnosis, confirmations, unheard, notes, ..new }
    };
    zones.into_iter().map(one).collect()
}

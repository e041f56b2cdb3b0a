// The one text form of reasons: whatever tells of a message, a state, an answer or a note tells its reason with these words.
import { describeKiller } from './describe-death.ts';
import { describeAttempt, describeChannel, describeSplit, describeSubtask, describeSubtasks } from './describe-ids.ts';
import { describeLeadershipReason } from './leadership-reasons.ts';
import { describeRestartRefusal } from './restart-refusal.ts';
import type { Reason } from './reasons.ts';
import { describeSinkReason } from './sink-reasons.ts';
import { addressees, describeTaskManagerReason } from './task-manager-reasons.ts';
import { noNames, type VertexNames } from './vertex-names.ts';

/** Half a sentence, without an end. @param names of the vertices of its job */
export function describeReason(reason: Reason, names: VertexNames = noNames): string {
  switch (reason.kind) {
    case 'disconnected':
      return 'connection lost';
    case 'no-connection':
      return 'no connection';
    case 'timed-out':
      return 'timed out';
    case 'unanswered':
      return 'there was no answer in time';
    case 'not-available':
      return 'the service is not available';
    case 'port-closed':
      return 'the port is closed';
    case 'name-taken':
      return `the name ${reason.name} is taken by other bytes`;
    case 'writes-contended':
      return `${reason.tries} other writes came first`;
    case 'no-such-sink':
      return `there is no sink ${reason.sink}`;
    case 'split-missing':
      return reason.path === null
        ? `there is no ${describeSplit(reason)}`
        : `${describeSplit(reason)} is not there: no file ${reason.path}`;
    case 'position-missing':
      return `${describeSplit(reason)} has no position ${reason.position}${reason.file === null ? '' : `: ${reason.file.path} has ${reason.file.lines} lines`}`;
    case 'record-unreadable':
      return `${reason.path}, line ${reason.line}: ${reason.text}`;

    case 'artifact-missing':
      return `there is no artifact with hash ${reason.hash}${reason.path === null ? '' : `: no file ${reason.path}`}`;
    case 'artifact-unnamed':
      return `${JSON.stringify(reason.hash)} is no SHA-256 in hexadecimal`;
    case 'artifact-damaged':
      return `${reason.path} is damaged: its bytes have the hash ${reason.found}`;
    case 'artifact-not-importable':
      return `${reason.path} cannot be imported: ${reason.text}`;
    case 'artifact-without-job':
      return `${reason.path} exports neither a scenario with a job nor a job`;

    case 'request-failed':
      return `${reason.outcome}: ${describeReason(reason.reason, names)}`;
    case 'other-answer':
      return reason.answer;

    case 'io':
    case 'malformed-request':
    case 'unreadable':
    case 'graph-invalid':
    case 'parallelism-invalid':
    case 'descriptor-invalid':
    case 'user-code':
      return reason.text;
    case 'file-missing':
      return `${reason.name} is not there`;
    case 'job-record-missing':
      return 'it has checkpoints or a counter, but neither a job nor a result';
    case 'of-other-job-record':
      return `it is the record of job ${reason.jobId}`;
    case 'of-other-job':
      return `it is of job ${reason.jobId}`;
    case 'of-other-checkpoint':
      return `it is of checkpoint ${reason.checkpointId}`;
    case 'snapshot-of-other-checkpoint':
      return `${reason.name}: it is of checkpoint ${reason.found}, not ${reason.expected}`;
    case 'of-other-max-parallelism':
      return `its max parallelism is ${reason.found}, that of the job ${reason.expected}`;
    case 'of-other-subtasks':
      return `it has snapshots of ${describeSubtasks(reason.found, names)}, the job needs ${describeSubtasks(reason.expected, names)}`;

    case 'state-without-operator':
      return `it has state of ${reason.operators.map((id) => `"${id}"`).join(', ')}, for which the job has no operator`;
    case 'state-of-other-kind':
      return `"${reason.operator}" is a ${reason.found} there, and a ${reason.expected} in the job`;
    case 'splits-behind-end':
      return `"${reason.operator}" has splits that it does not know, and something of it is at its end`;

    case 'slot-not-offered':
      return 'it was not offered in time';
    case 'slot-refused':
      return 'the request was refused';
    case 'slot-freed-there':
      return `${reason.taskManager} freed it`;
    case 'slot-reported':
      return `${reason.taskManager} reports it ${reason.state === 'FREE' ? 'free' : `${reason.state} for ${reason.allocationId ?? 'nobody'}`}`;
    case 'slots-yielded':
      return `${reason.to} waits for slots as well`;
    case 'slot-unneeded':
      return 'the job needs fewer slots';
    case 'job-over':
      return 'the job is over';
    case 'offer-refused':
      return 'its offer was refused';
    case 'slot-unused':
      return 'no JobMaster used it';
    case 'freed-by-leader':
      return 'the leader frees it';
    case 'slot-unlisted':
      return 'the leader does not list it';
    case 'task-manager-lost':
      return `${reason.taskManager} is lost${reason.reason === null ? '' : `: ${describeReason(reason.reason, names)}`}`;

    case 'no-such-slot':
      return `there is no slot ${reason.slotIndex}`;
    case 'slot-of-other-allocation':
      return `slot ${reason.slotIndex} is not held by allocation ${reason.allocationId}`;
    case 'slot-of-other-job':
      return `slot ${reason.slotIndex} is allocated to job ${reason.jobId}`;
    case 'slot-releasing':
      return `slot ${reason.slotIndex} is RELEASING`;
    case 'newer-attempt-deployed':
      return `${describeAttempt(reason.attempt, names)} was deployed`;
    case 'leader-changed':
      return `the leader of epoch ${reason.epoch} is ${reason.leader}`;
    case 'leader-silent':
      return `no sign of the leader for ${reason.timeoutMs} ms`;
    case 'artifact-refused':
      return `artifact ${reason.artifact}: ${describeReason(reason.reason, names)}`;
    case 'restore-failed':
      return `the snapshot cannot be restored: ${describeReason(reason.reason, names)}`;
    case 'split-out-of-place':
      return `split ${reason.split} was read at ${reason.asked} and answered from ${reason.answered}`;
    case 'source-refused':
      return `split ${reason.split} of "${reason.topic}" cannot be read: ${describeReason(reason.reason, names)}`;
    case 'sink-refused':
    case 'record-refused':
      return describeSinkReason(reason);
    case 'answer-unexpected':
      return `${reason.purpose} was answered with ${reason.answer}`;
    case 'over-credit':
      return `channel ${describeChannel(reason.channel)} sent more batches than it had credit for`;
    case 'channel-gap':
      return `gap in channel ${describeChannel(reason.channel)}: elements ${reason.first} to ${reason.last} never came`;
    case 'connection-lost':
      return `the connection to ${reason.peer} was lost`;

    case 'state-too-large':
      return `the state of "${reason.operator}", about ${reason.bytes} bytes, fills the heap: ${reason.usedBytes} of ${reason.limitBytes} bytes are in use`;
    case 'task-manager-killed':
      return `${describeKiller(reason)}, and ended ${reason.taskManager}`;
    case 'task-ended':
      return reason.state;
    case 'reported-by-heartbeat':
      return 'reported with a heartbeat';
    case 'finished-early':
      return 'FINISHED without a final checkpoint';
    case 'task-missing':
      return `${reason.taskManager} does not have it`;
    case 'slot-lost':
      return `its slot is lost: ${describeReason(reason.reason, names)}`;
    case 'deployment-unreported':
      return 'nobody reported on its deployment';

    case 'subsumed':
      return `subsumed by checkpoint ${reason.by}`;
    case 'too-many-snapshots':
      return `more than ${reason.max} snapshots on their way`;
    case 'snapshot-not-stored':
      return `the snapshot could not be stored: ${describeReason(reason.reason, names)}`;
    case 'task-has-inputs':
      return 'the task has inputs: barriers come with them';
    case 'task-not-running':
      return `the task is ${reason.state}`;
    case 'no-such-attempt':
      return 'no such attempt here';
    case 'job-restarts':
      return 'the job restarts';
    case 'job-ends':
      return 'the job ends';
    case 'id-not-stored':
      return `its id was not stored: ${describeReason(reason.reason, names)}`;
    case 'declined':
      return `declined by ${describeAttempt(reason.attempt, names)}: ${describeReason(reason.reason, names)}`;
    case 'expired':
      return reason.missing.length === 0
        ? 'expired before its metadata was stored'
        : `expired without ${describeSubtasks(reason.missing, names)}`;
    case 'completed':
      return reason.final ? 'completed, final' : 'completed';

    case 'job-rescaled':
      return 'its parallelism changes';
    case 'execution-failed':
      return `${describeAttempt(reason.attempt, names)}: ${describeReason(reason.reason, names)}`;
    case 'checkpoints-failed':
      return `${reason.times} checkpoints failed in a row, the last one: ${describeReason(reason.last, names)}`;
    case 'recovery-suppressed':
      return `${describeReason(reason.cause, names)}; no restart: ${describeReason(reason.refusal, names)}`;
    case 'not-recoverable':
    case 'no-restarts':
    case 'restarts-used-up':
    case 'failure-rate-exceeded':
    case 'own-failures-in-a-row':
      return describeRestartRefusal(reason);
    case 'slots-missing':
      return `slots are missing: it needs ${reason.needed} and holds ${reason.held}, of ${reason.total} in the cluster ${reason.free} are free`;
    case 'restore-stopped':
      return `it cannot go on from checkpoint ${reason.checkpointId}, which is read again and again: ${describeReason(reason.reason, names)}`;
    case 'rejected':
      return `rejected: ${describeReason(reason.reason, names)}`;
    case 'job-id-taken':
      return 'another job has this id';
    case 'sink-taken':
      return `sink ${reason.sink} is written by job ${reason.by}, which is not over`;
    case 'no-such-savepoint':
      return `there is no savepoint ${reason.savepointId} of job ${reason.of}`;
    case 'savepoint-misfit':
      return `it cannot start from savepoint ${reason.savepointId}: ${describeReason(reason.reason, names)}`;
    case 'job-id-malformed':
      return 'a job id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit';
    case 'job-not-over':
      return `the job is ${reason.status}, and only a job that is over can be removed`;
    case 'job-unsettled':
      return 'a write of the job may still land: it can be removed when the next leader has taken over';
    case 'savepoint-id-malformed':
      return 'a savepoint id has 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit';
    case 'tasks-not-running':
      return `the job is ${reason.status}, and a checkpoint needs all its tasks to run`;
    case 'checkpoint-failed':
      return `the checkpoint failed: ${describeReason(reason.reason)}`;
    case 'savepoint-failed':
      return `the savepoint failed: ${describeReason(reason.reason, names)}`;
    case 'savepoint-in-progress':
      return 'the savepoint is in progress, and can be disposed when it is completed';
    case 'savepoint-in-use':
      return `job ${reason.by} starts from the savepoint, and has no checkpoint of its own yet`;
    case 'savepoint-id-taken':
      return 'another savepoint of the job has this id';
    case 'stop-wanted':
      return `the job is being stopped with savepoint ${reason.savepointId}${reason.drain ? ', and drained' : ''}`;
    case 'job-not-stoppable':
      return `the job is ${reason.status}, and only a job that is not over can be stopped`;
    case 'history-not-kept':
      return `the job is ${reason.status}, and nothing of that is kept of it`;
    case 'newer-incarnation':
      return `incarnation ${reason.incarnation} of ${reason.taskManager} is registered`;

    case 'lease-ran-out':
    case 'write-fenced':
    case 'leader-key-changed':
    case 'isolated':
    case 'process-stops':
    case 'renewal-refused':
    case 'peer-follows':
      return describeLeadershipReason(reason, (answer) => describeReason(answer, names));

    case 'not-addressed':
      return addressees[reason.role];
    case 'not-leading':
      return 'this is not the leader';
    case 'not-recovered':
      return 'it has not recovered yet';
    case 'other-epoch':
      return `epoch ${reason.epoch}, current ${reason.current}`;
    case 'sender-unregistered':
      return 'it is not registered';
    case 'stale-incarnation':
      return `stale incarnation ${reason.incarnation}, registered ${reason.registered}`;
    case 'job-unreadable':
      return `job ${reason.jobId} cannot be read`;
    case 'job-not-running':
      return `job ${reason.jobId} does not run`;
    case 'job-not-stored':
      return `job ${reason.jobId} is not stored yet`;
    case 'job-not-cleaned-up':
      return `job ${reason.jobId} is not cleaned up yet`;
    case 'removals-full':
      return `${reason.max} jobs of the past are being removed`;
    case 'clients-full':
      return `${reason.max} clients wait for that`;
    case 'submissions-full':
      return `${reason.max} submissions are under way`;
    case 'attempt-counted':
      return `nothing is left of ${describeAttempt(reason.attempt, names)} to be blamed for it`;
    case 'slots-out-of-range':
      return `${reason.slots} slots`;
    case 'slot-unknown':
      return `it has no slot ${reason.slotIndex}`;
    case 'slot-settled':
      return `slot ${reason.slotIndex} is ${reason.state} for ${reason.allocationId ?? 'nobody'}`;
    case 'slot-not-held':
      return `slot ${reason.slotIndex} is not held by ${reason.allocationId} here`;
    case 'subtask-unknown':
      return `there is no subtask ${describeSubtask(reason, names)}`;
    case 'stale-attempt':
      return `stale attempt ${describeAttempt(reason.attempt, names)}, current #${reason.current ?? 'none'}`;
    case 'runs-elsewhere':
      return `${describeAttempt(reason.attempt, names)} runs on ${reason.taskManager ?? 'no TaskManager'}`;
    case 'sender-foreign':
      return `the attempt runs on ${reason.taskManager ?? 'no TaskManager'}`;
    case 'execution-over':
      return `${describeAttempt(reason.attempt, names)} is ${reason.state}`;
    case 'over-here':
      return `it is ${reason.state} here`;
    case 'checkpoint-unknown':
      return `checkpoint ${reason.checkpointId} is not known`;
    case 'checkpoint-over':
      return `checkpoint ${reason.checkpointId} is over: ${describeReason(reason.how, names)}`;
    case 'checkpoint-settled':
      return `checkpoint ${reason.checkpointId} is ${reason.state}`;
    case 'no-participant':
      return `${describeSubtask(reason, names)} is no participant of checkpoint ${reason.checkpointId}`;
    case 'stale-participant':
      return `stale attempt ${describeAttempt(reason.attempt, names)}, checkpoint ${reason.checkpointId} waits for #${reason.expected}`;
    case 'acknowledged-before':
      return `duplicate, ${describeSubtask(reason, names)} acknowledged checkpoint ${reason.checkpointId} before`;
    case 'file-foreign':
      return `${reason.name} is no file of checkpoint ${reason.checkpointId}`;

    case 'savepoint-not-stored':
      return `savepoint ${reason.savepointId} is not stored yet`;
    case 'job-being-changed':
      return `what is wanted of job ${reason.jobId} is being written`;
    case 'savepoint-unreadable':
      return `the record of savepoint ${reason.savepointId} cannot be read`;
    case 'savepoint-disposed':
      return `savepoint ${reason.savepointId} is being disposed`;
    case 'savepoints-full':
      return `${reason.max} savepoints are kept or on their way`;
    case 'about-other-savepoint':
      return `it is about savepoint ${reason.savepointId}`;
    case 'about-other-job':
      return `it is about job ${reason.jobId}`;
    case 'page-known':
      return 'that page is known';
    case 'result-known':
      return 'the result is known';

    case 'leader-unknown':
      return 'no leader is known';
    case 'stale-epoch':
      return `stale epoch ${reason.epoch}, the leader has ${reason.current}`;
    case 'future-epoch':
      return `epoch ${reason.epoch} is not known yet, the leader has ${reason.current}`;
    case 'other-incarnation':
      return `meant for incarnation ${reason.incarnation}, this is ${reason.own}`;
    case 'unregistered':
      return 'not registered';
    case 'not-from-host':
      return 'only its own host may say so';
    case 'state-small':
      return `the largest state of a task has about ${reason.bytes} bytes`;
    case 'registered-already':
      return 'registered already';
    case 'slot-not-free':
      return `slot ${reason.slotIndex} is ${reason.state ?? 'not there'}`;
    case 'nothing-offered':
      return `nothing is offered to job ${reason.jobId}`;
    case 'older-offer':
      return `it answers offer ${reason.offer}, the newest is ${reason.newest}`;
    case 'newer-attempt-known':
      return `stale attempt, ${describeAttempt(reason.attempt, names)} was here already`;
    case 'consumer-absent':
      return 'the consumer is not here';
    case 'producer-absent':
      return 'the producer is not here';
    case 'asked-again-later':
      return 'the partition is asked for again in a while';
    case 'no-such-channel':
      return `no channel ${describeChannel(reason.channel)}`;
    case 'element-doubled':
      return `element ${reason.sequence} came before`;
    case 'checkpoint-aborted':
      return `checkpoint ${reason.checkpointId} was aborted`;
    case 'checkpoint-older':
      return `checkpoint ${reason.checkpointId} is older than ${reason.newest}`;
    case 'checkpoint-passed':
      return `checkpoint ${reason.checkpointId} is over`;

    case 'request-closed':
      return `request ${reason.request} is closed`;
    case 'epoch-over':
      return `epoch ${reason.epoch} is over`;
    case 'task-over':
      return 'the task that asked is over';
    default:
      return describeTaskManagerReason(reason);
  }
}

/** `: ` and the reason, or nothing. */
export function describeBecause(reason: Reason | null, names: VertexNames = noNames): string {
  return reason === null ? '' : `: ${describeReason(reason, names)}`;
}

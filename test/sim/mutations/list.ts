import type { Mutation } from './mutation.ts'

/** One or more for each rule that the simulator can see broken. */
export const mutations: readonly Mutation[] = [
  {
    name: 'committed-before-registered',
    rule: 2,
    edits: [
      {
        file: 'runtime/log/recover.ts',
        find: "if ((await manifests.update({ logs: [...logs, own] })) === 'written') return recovered",
        replace: 'manifests.update({ logs: [...logs, own] }).catch(() => undefined); return recovered',
      },
    ],
  },
  {
    name: 'bytes-of-a-number-change',
    rule: 4,
    edits: [
      {
        file: 'runtime/log/commit.ts',
        find: 'const outcome = await this.attempt(window, key, bytes)',
        replace:
          'const outcome = await this.attempt(window, key, pause > 20 ? encodeWindow({ ...window, nonce: window.nonce + pause }) : bytes)',
      },
    ],
  },
  {
    name: 'backlog-not-written',
    rule: 4,
    edits: [
      {
        file: 'runtime/shard/shard.ts',
        find: '      this.journal?.enqueue(message)\n    }\n    this.arrivals = []',
        replace: '    }\n    this.arrivals = []',
      },
    ],
  },
  {
    name: 'unknown-put-taken-for-committed',
    rule: 5,
    edits: [
      {
        file: 'runtime/log/commit.ts',
        find: "if (put.kind === 'unknown') return undefined",
        replace: "if (put.kind === 'unknown') return 'committed'",
      },
    ],
  },
  {
    name: 'conflict-taken-for-own-success',
    rule: 5,
    edits: [
      {
        file: 'runtime/log/commit.ts',
        find: "if (entry.kind === 'seal') return 'sealed'",
        replace: "if (entry.kind === 'seal') return 'committed'",
      },
    ],
  },
  {
    name: 'answered-before-commit',
    rule: 6,
    edits: [
      {
        file: 'runtime/coordinator/open-window.ts',
        find: '    this.afterCommit.push(action)',
        replace: '    action()',
      },
    ],
  },
  {
    name: 'published-before-commit',
    rule: 6,
    edits: [
      {
        file: 'runtime/coordinator/coordinator.ts',
        find: '    const closed = commits.close(window, nowMs, this.mark)',
        replace:
          '    const closed = commits.close(window, nowMs, this.mark)\n' + '    this.stages.windows.committed(closed)',
      },
    ],
  },
  {
    name: 'repeated-key-answered-at-once',
    rule: 6,
    edits: [
      {
        file: 'runtime/coordinator/requests.ts',
        find: "if (request.kind === 'call' && reply) return () => request.answer({ kind: 'replied', reply })",
        replace: "if (request.kind === 'call' && reply) return void request.answer({ kind: 'replied', reply })",
      },
    ],
  },
  {
    name: 'seal-collected',
    rule: 7,
    edits: [
      {
        file: 'runtime/log/collect.ts',
        find: 'if (key < sealKey && ',
        replace: 'if (key <= sealKey && ',
      },
    ],
  },
  {
    name: 'marker-outside-the-transaction',
    rule: 9,
    edits: [
      {
        file: 'runtime/log/producer-session.ts',
        find: '    producer.append(topic, partition, own)\n',
        replace:
          '    if (windows.some(({ records }) => records.length > 0)) {\n' +
          '      const first = await this.transaction([], own)\n' +
          '      if (first.kind !== "ok") return first\n' +
          '      for (const { records, clockMs } of windows)\n' +
          '        for (const { topic: to, record } of records)\n' +
          '          producer.append(to, null, { ...record, timestampMs: record.timestampMs ?? clockMs })\n' +
          '    }\n' +
          '    producer.append(topic, partition, own)\n',
      },
    ],
  },
  {
    name: 'no-marker',
    rule: 9,
    edits: [
      {
        file: 'runtime/log/publish-mark.ts',
        find: 'return input.u8() === kinds.mark ? input.uint() : undefined',
        replace: 'return undefined',
      },
    ],
  },
  {
    name: 'marker-read-before-the-producer',
    rule: 10,
    edits: [
      {
        file: 'runtime/log/producer-session.ts',
        find: '    session.mark = await readMark(kafka, clock, options.markers, log, hint, fenced.value)\n',
        replace: '    session.mark = hint\n',
      },
    ],
  },
  {
    name: 'producer-goes-on-after-an-error',
    rule: 11,
    edits: [
      {
        file: 'runtime/log/publisher.ts',
        find: "if (outcome.kind !== 'ok') return await this.broken(outcome, windows)",
        replace:
          "if (outcome.kind === 'ambiguous') {\n          await sleep(this.clock, 50)\n          continue\n        }\n" +
          "        if (outcome.kind !== 'ok') return await this.broken(outcome, windows)",
      },
      {
        file: 'runtime/connectors/memory/served-producer.ts',
        find: "if (outcome.kind !== 'retriable') this.death = outcome",
        replace: "if (outcome.kind !== 'retriable' && outcome.kind !== 'ambiguous') this.death = outcome",
      },
      {
        file: 'runtime/connectors/memory/served-producer.ts',
        find: "if (ended.kind !== 'ok') this.death = ended",
        replace: "if (ended.kind === 'fenced') this.death = ended",
      },
    ],
  },
  {
    name: 'fenced-taken-for-a-successor',
    rule: 12,
    edits: [
      {
        file: 'runtime/log/publisher.ts',
        find: '    this.hooks.trouble(`publish-${outcome.kind}`, messageOf(outcome.cause))\n',
        replace: "    if (outcome.kind === 'fenced') this.hooks.sealed = async () => true\n",
      },
    ],
  },
  {
    name: 'marker-read-without-a-fence',
    rule: 13,
    edits: [
      {
        file: 'runtime/log/publish-mark.ts',
        find: '  if (fenceOffset < hint.offset) throw endsBefore(topic, hint.offset)',
        replace: '  fenceOffset = hint.offset',
      },
    ],
  },
  {
    name: 'aborted-records-are-read',
    rule: 15,
    edits: [
      {
        file: 'runtime/log/read-committed.ts',
        find: 'if (batch.transactional && aborting.has(batch.producerId)) continue',
        replace: '',
      },
    ],
  },
  {
    name: 'open-transactions-are-read',
    rule: 15,
    edits: [
      {
        file: 'runtime/log/read-committed.ts',
        find: 'aborting.delete(batch.producerId)',
        replace: 'aborting.clear()',
      },
    ],
  },
  {
    name: 'unfit-record-dropped',
    rule: 17,
    edits: [
      {
        file: 'runtime/log/publisher.ts',
        find: 'await Promise.all(refused.map(({ place, record }) => this.hooks.undeliverable(place, record, messageOf(cause))))',
        replace: 'refused.map(({ place, record }) => this.hooks.undeliverable(place, record, messageOf(cause)))',
      },
    ],
  },
  {
    name: 'no-seal',
    rule: 18,
    edits: [
      {
        file: 'runtime/log/recover.ts',
        find: '(await reader.seal(entry.log, first, by))',
        replace: "(await reader['firstAbsent'](entry.log, first))",
      },
    ],
  },
  {
    name: 'seal-not-stepped-up',
    rule: 18,
    edits: [
      {
        file: 'runtime/log/take-over.ts',
        find: "if (there === 'sealed') return this.fillDown(log, number, at, by)",
        replace: "if (there === 'sealed' || ahead > 0) return at",
      },
    ],
  },
  {
    name: 'changed-manifest-not-noticed',
    rule: 18,
    edits: [
      {
        file: 'runtime/log/manifest-store.ts',
        find: "if (!now || !equalBytes(now.bytes, bytes)) return 'superseded'",
        replace:
          "if (now && !equalBytes(now.bytes, bytes)) { etag = now.etag; continue }\n          if (!now) return 'superseded'",
      },
    ],
  },
  {
    name: 'inherited-logs-not-drained',
    rule: 19,
    edits: [
      {
        file: 'runtime/coordinator/publishing.ts',
        find: '    for (const { log, sealedAt, hint } of inherited) {',
        replace: '    for (const { log, sealedAt, hint } of inherited.slice(1)) {',
      },
    ],
  },
  {
    name: 'inherited-log-drained-under-the-own-id',
    rule: 19,
    edits: [
      {
        file: 'runtime/coordinator/publishing.ts',
        find: 'this.current = new Publisher(kafka, clock, log, hint, source, this.options, hooks)',
        replace:
          "const options = source instanceof InheritedWindows ? { ...this.options, uuid: this.options.uuid + 'x' } : this.options\n" +
          '    this.current = new Publisher(kafka, clock, log, hint, source, options, hooks)',
      },
    ],
  },
  {
    name: 'trimmed-beyond-the-marker',
    rule: 20,
    edits: [
      {
        file: 'runtime/coordinator/checkpoints.ts',
        find: 'Math.min(oldest.number, this.published)',
        replace: 'oldest.number',
      },
    ],
  },
  {
    name: 'trimmed-before-the-pointer-moved',
    rule: 20,
    edits: [
      {
        file: 'runtime/coordinator/checkpoints.ts',
        find: '    await committed\n',
        replace: '    await committed\n    await trimLog(this.store, uuid, log, 1, number)\n',
      },
    ],
  },
  {
    name: 'needed-segments-removed',
    rule: 20,
    edits: [
      {
        file: 'runtime/log/kept-roots.ts',
        find: 'filter((key) => !needed.has(key))',
        replace: "filter((key) => !needed.has(key) || key.endsWith('/0000'))",
      },
    ],
  },
  {
    name: 'checkpoint-of-more-than-one-moment',
    rule: 20,
    edits: [
      {
        file: 'runtime/shard/shard-actors.ts',
        find: '    this.snapshot?.beforeChange(actor)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'actors-at-rest-left-out-of-a-whole-slot',
    rule: 20,
    edits: [
      {
        file: 'runtime/shard/snapshot.ts',
        find: '    if (this.full.size > 0) yield* this.resting()\n',
        replace: '',
      },
    ],
  },
  {
    name: 'actor-with-messages-put-to-rest',
    rule: 4,
    edits: [
      {
        file: 'runtime/shard/shard-actors.ts',
        find: 'actor.lane || actor.timers',
        replace: 'actor.timers',
      },
    ],
  },
  {
    name: 'completed-message-not-noted-as-a-change',
    rule: 20,
    edits: [
      {
        file: 'runtime/shard/shard.ts',
        find: '      this.touch(actor)\n      this.journal?.complete(message.entry)\n',
        replace: '      this.journal?.complete(message.entry)\n',
      },
    ],
  },
  {
    name: 'position-ahead-of-state',
    rule: 25,
    edits: [
      {
        file: 'runtime/coordinator/route.ts',
        find: 'this.shard.moveTo({ source, offset: next, fingerprint })',
        replace: 'this.shard.moveTo({ source, offset: next + 1, fingerprint: undefined })',
      },
    ],
  },
  {
    name: 'position-behind-state',
    rule: 25,
    edits: [
      {
        file: 'runtime/coordinator/route.ts',
        find: 'this.shard.moveTo({ source, offset: next, fingerprint })',
        replace: 'this.shard.moveTo({ source, offset: Math.max(0, next - 1), fingerprint: undefined })',
      },
    ],
  },
  {
    name: 'manifest-write-in-doubt-not-read-back',
    rule: 27,
    edits: [
      {
        file: 'runtime/log/manifest-store.ts',
        find: "if (put.kind === 'ok') {",
        replace: "if (put.kind === 'unknown') return 'written'\n      if (put.kind === 'ok') {",
      },
    ],
  },
  {
    name: 'time-goes-back-after-a-take-over',
    rule: 28,
    edits: [
      {
        file: 'runtime/coordinator/assemble.ts',
        find: 'inbox, recovered.clockMs, hint)',
        replace: 'inbox, 0, hint)',
      },
    ],
  },
  {
    name: 'timer-removed-before-its-effect',
    rule: 4,
    edits: [
      {
        file: 'runtime/shard/apply.ts',
        find: '      this.shard.undelay(delayed.timer)\n      this.deliver(',
        replace:
          '      this.shard.undelay(delayed.timer)\n      const { journal } = this.shard\n      if (this.shard.timers.size % 2 === 1) continue\n      void journal\n      this.deliver(',
      },
    ],
  },
  {
    name: 'lane-numbers-used-again',
    rule: 4,
    edits: [
      {
        file: 'runtime/shard/shard.ts',
        find: '    this.lastEntry = Math.max(this.lastEntry, message.entry)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'completion-not-written',
    rule: 4,
    edits: [
      {
        file: 'runtime/shard/shard.ts',
        find: '      this.journal?.complete(message.entry)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'window-after-the-seal',
    rule: 5,
    edits: [
      {
        file: 'runtime/coordinator/coordinator.ts',
        find: 'if (this.end !== undefined) break',
        replace: '',
      },
    ],
  },
  {
    name: 'reads-before-commit',
    rule: 6,
    edits: [
      {
        file: 'runtime/coordinator/coordinator.ts',
        find: 'if (!window.empty || router.hasMoved || commits.underWay) window.whenCommitted(() => answer(seen))',
        replace: 'if (window.bytes < 0) window.whenCommitted(() => answer(seen))',
      },
    ],
  },
  {
    name: 'marker-not-compared-with-the-log',
    rule: 14,
    edits: [
      {
        file: 'runtime/log/publisher.ts',
        find: 'if (mark.number >= this.hint.number && mark.number <= last) return',
        replace: 'if (last >= 0) return',
      },
    ],
  },
  {
    name: 'intake-not-bounded',
    rule: 17,
    edits: [
      {
        file: 'runtime/coordinator/coordinator.ts',
        find: '      shard.pendingMessages < limits.pendingMessagesMax &&\n',
        replace: '',
      },
      {
        file: 'runtime/coordinator/coordinator.ts',
        find: 'const loadMax = { remote: 2_500, local: 500 }',
        replace: 'const loadMax = { remote: 250_000, local: 250_000 }',
      },
    ],
  },
  {
    name: 'message-before-one-that-lacks-state-not-completed',
    rule: 4,
    edits: [
      {
        file: 'runtime/shard/apply.ts',
        find: 'result.failed ?? result.incomplete ?? {',
        replace: 'result.failed ?? (result.incomplete && { index: Math.max(0, result.incomplete.index - 1) }) ?? {',
      },
    ],
  },
  {
    name: 'effects-of-a-run-that-lacked-state',
    rule: 4,
    edits: [
      {
        file: 'runtime/sdk/call-run.ts',
        find: 'if (this.slots.missing !== undefined) return',
        replace: 'if (this.slots.missing === null) return',
      },
    ],
  },
  {
    name: 'entry-that-was-not-sent-taken-for-none',
    rule: 4,
    edits: [
      {
        file: 'runtime/sdk/state/map-slot.ts',
        find: 'if (part === undefined || this.cleared) return false',
        replace: 'if (part === undefined || part.absent.size >= 0) return false',
      },
    ],
  },
]

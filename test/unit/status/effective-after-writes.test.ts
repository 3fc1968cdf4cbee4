// What Effective says where objects are not as planned: a write failed, or an object must stay as it is.
import { describe, expect, test } from 'vitest';
import type { LiveSidecar } from '../../../src/domain/kinds/sidecar.ts';
import { invalidIntent, liveSidecar } from '../../support/literals.ts';
import { effectiveOf, OLDER, pod, WEB, YOUNGER, type Given } from './effective-of.ts';

const broken = invalidIntent('broken');
const byBroken = { kind: 'invalid-intent', intent: 'broken' } as const;
/** One of ours that the plan does not delete. */
const stays = (given: Partial<LiveSidecar> = {}): LiveSidecar =>
  liveSidecar('old', { selector: WEB, creationTimestamp: OLDER, ...given });

describe('Effective after a run', () => {
  test.each<readonly [string, Given, string, string]>([
    [
      'is False where the Sidecar could not be created',
      { pods: [pod('a')], isNew: true, failures: { 'Sidecar/generated': '404 not found' } },
      'False/WriteFailed',
      'pod a is not restricted as planned: Sidecar/generated: 404 not found',
    ],
    [
      'is False where the Sidecar could not be updated',
      { pods: [pod('a'), pod('b')], failures: { 'Sidecar/generated': '500' } },
      'False/WriteFailed',
      'pods a, b are not restricted as planned: Sidecar/generated: 500',
    ],
    [
      'blames no foreign Sidecar that the missing one would take precedence over',
      {
        pods: [pod('a')],
        sidecars: [liveSidecar('default', { managed: false, creationTimestamp: OLDER })],
        isNew: true,
        failures: { 'Sidecar/generated': '500' },
      },
      'False/WriteFailed',
      'pod a is not restricted as planned: Sidecar/generated: 500',
    ],
    [
      'is False where the Sidecar must be left as it is',
      { pods: [pod('a')], withheld: [{ kind: 'Sidecar', name: 'generated', reason: byBroken }] },
      'False/Withheld',
      'pod a is not restricted as planned: Sidecar/generated is left unchanged: intent broken contributes to it and is invalid, so correct that intent',
    ],
    [
      'is False where an older Sidecar of an invalid intent still governs a pod',
      { pods: [pod('a')], sidecars: [stays({ intents: [broken] })], invalid: [broken] },
      'False/Withheld',
      'Sidecar red/old still governs pod a: it has to stay, because it has grants of intent broken, which is invalid, so correct that intent',
    ],
    [
      'is False where an older Sidecar could not be deleted',
      { pods: [pod('a')], sidecars: [stays()], failures: { 'Sidecar/old': '403 forbidden' } },
      'False/WriteFailed',
      'Sidecar red/old still governs pod a: Sidecar/old: 403 forbidden',
    ],
    [
      'is False where a finalizer keeps an older Sidecar',
      { pods: [pod('a')], sidecars: [stays({ isTerminating: true })] },
      'False/Shadowed',
      'Sidecar red/old still governs pod a: its deletion waits for a finalizer, so find the controller that has to remove that finalizer from metadata.finalizers, or remove it yourself',
    ],
    [
      'is True where a Sidecar that stays takes no precedence',
      { pods: [pod('a')], sidecars: [stays({ creationTimestamp: YOUNGER })] },
      'True/Effective',
      'every matching pod is governed by its generated Sidecar',
    ],
  ])('%s', (_behaviour, given, expected, message) => {
    expect(effectiveOf(given)).toEqual([expected, message]);
  });
});

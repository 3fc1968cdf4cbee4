// Calls of a granted wildcard that end at a host of ours below it: what is advised. How istiod takes it: test/proof/fidelity-cases/below-wildcards.yaml.
import { expect, test } from 'vitest';
import { messageOf } from '../../../../src/domain/egress-intent/diagnostics.ts';
import { pod, serviceEntry, webIntent } from '../../../support/cluster-objects.ts';
import { compiled } from '../../../support/compiler.ts';

const HOST = 'api.partner.com';
const WILDCARD = serviceEntry('tools/wild', {
  hosts: ['*.partner.com'],
  ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
});

/** What is said of the wildcard where the host is granted on these ports too. */
function replaced(...ports: readonly number[]): readonly string[] {
  const allow = [
    { serviceEntry: { host: '*.partner.com', namespace: 'tools' } },
    { host: HOST, ports: ports.map((port) => ({ port, protocol: 'TLS' })) },
  ];
  const objects = [WILDCARD, pod('web-0', { app: 'web' }), webIntent(allow)];
  const { diagnostics } = compiled(objects, 'shop').compilation;
  return diagnostics.filter(({ code }) => code === 'RegistrationReplaced').map(messageOf);
}

test('the remedy keeps the port of the host that the wildcard lacks', () => {
  const [message = '', ...others] = replaced(443, 8443);
  expect(others).toEqual([]);
  expect(message).toContain(`take port 443 out of the entry with host: ${HOST}, or remove that entry if`);
  expect(replaced(8443)).toEqual([]);
});

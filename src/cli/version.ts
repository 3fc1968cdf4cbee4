// The version of this program, which package.json states.
import manifest from '../../package.json' with { type: 'json' };

export const PROGRAM_VERSION: string = manifest.version;

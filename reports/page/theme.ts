// Light or dark: as the system says, until somebody chooses.
import { byId } from './dom.ts';

export function createTheme(onChange: () => void): void {
  const button = byId('theme') as HTMLButtonElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  const isDark = (): boolean => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const tell = (): void => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `switch to the ${isDark() ? 'light' : 'dark'} theme`);
    onChange();
  };
  button.addEventListener('click', () => {
    root.dataset['theme'] = isDark() ? 'light' : 'dark';
    tell();
  });
  system.addEventListener('change', tell);
  tell();
}

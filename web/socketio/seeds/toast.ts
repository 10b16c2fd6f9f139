// In the place of react-toastify: tells the test what would be shown.
const show = (kind: string) => (text: string) => {
  process.stdout.write(`${JSON.stringify({ toast: kind, text })}\n`);
};

export const toast = { success: show('success'), info: show('info') };

/** Whether single keys do something, remembered on this device: whoever speaks to the browser may need them off (WCAG 2.1.4). */
import { useLocalStorage } from '@mantine/hooks';

export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useLocalStorage({ key: 'waybill.single-keys', defaultValue: true, getInitialValueInEffect: false });
  return [on, setOn];
}

/** Whether live changes are announced, remembered on this device. */
import { useLocalStorage } from '@mantine/hooks';

export function useNotices(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useLocalStorage({ key: 'waybill.notices', defaultValue: true, getInitialValueInEffect: false });
  return [on, setOn];
}

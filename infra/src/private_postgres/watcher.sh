# Stands beside a private Postgres and outlives its owner. Only the owner holds the other end of this shell's standard
# input, so the end of the input means that the owner is gone, however it went.
#
# Lines of the input: a number is the process to stop then; "nothing" takes that back; "released" means that the
# owner has stopped and deleted everything itself. Arguments: the folders to delete.
trap '' HUP INT

# A process that has ended stays as a zombie until the first process of the system collects it, which in a container
# may be never.
runs() {
    kill -0 "$1" 2>/dev/null || return 1
    case $(cat "/proc/$1/stat" 2>/dev/null) in
    *') Z '*) return 1 ;;
    esac
}

pid=nothing
while IFS= read -r line; do
    [ "$line" = released ] && exit 0
    pid=$line
done

if [ "$pid" != nothing ] && kill -INT "$pid" 2>/dev/null; then
    tries=0
    while runs "$pid" && [ "$tries" -lt 700 ]; do
        tries=$((tries + 1))
        # 30 s for an orderly stop, then the quick one; the next start recovers from the log.
        [ "$tries" -eq 600 ] && kill -QUIT "$pid" 2>/dev/null
        sleep 0.05
    done
fi
[ "$#" -eq 0 ] || rm -rf -- "$@"

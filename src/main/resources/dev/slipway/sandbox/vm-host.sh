# Runs a virtual machine until it ends or standard input does: that is a pipe whose other end the caller has, so that the
# machine ends with the caller, however that ends. Arguments: the size in KiB of the largest file that it may write, its
# command.
ulimit -f $(($1 * 2)) 2> /dev/null # In units of 512 bytes.
shift
exec 3<&0 < /dev/null
setpriv --pdeathsig KILL "$@" 3<&- &
machine=$!
# Nothing ever comes but the end.
{ read -r _; kill -KILL $machine; } <&3 > /dev/null 2>&1 &
watch=$!
exec 3<&-
wait $machine
status=$?
kill -KILL $watch 2> /dev/null
exit $status

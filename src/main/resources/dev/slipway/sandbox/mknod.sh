# mknod for who may not make device nodes: makes a file that says which it stands for, and is one in the layer.
fail() {
  echo "mknod: $*" >&2
  exit 1
}
name= type= major= minor= mode=
while [ $# -gt 0 ]; do
  case $1 in
    -m | --mode)
      mode=${2-}
      shift
      ;;
    -m*) mode=${1#-m} ;;
    --mode=*) mode=${1#*=} ;;
    -Z | --context | --context=* | --) ;;
    *)
      if [ -z "$name" ]; then
        name=$1
      elif [ -z "$type" ]; then
        type=$1
      elif [ -z "$major" ]; then
        major=$1
      elif [ -z "$minor" ]; then
        minor=$1
      else
        fail "extra operand '$1'"
      fi
      ;;
  esac
  shift
done
case $type in
  p) exec mkfifo ${mode:+-m "$mode"} "$name" ;;
  b | c | u) ;;
  *) fail "invalid device type '$type'" ;;
esac
[ -n "$minor" ] || fail "device nodes have a major and a minor number"
if [ -e "$name" ] || [ -L "$name" ]; then
  fail "$name: File exists"
fi
printf '%s%s %d %d\n' "$mark" "$type" "$major" "$minor" > "$name" || exit 1
[ -z "$mode" ] || chmod "$mode" "$name"

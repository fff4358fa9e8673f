# Runs the arguments where there is nothing but the tools and, at /tree, the directory $TREE or the layers $LOWER.
set -eu
export LIBMOUNT_FORCE_MOUNT2=always
cd "$RUN"
umask 022 # Directories that a tar has no entry for are made with it.
case ${LOWER:-} in
  '') mount --bind "$TREE" tools/tree ;;
  *:*) (cd lowers && mount -t overlay -o "ro,nosuid,nodev,lowerdir=$LOWER,$OVERLAY" slipway "$RUN/tools/tree") ;;
  *) mount --bind "lowers/$LOWER" tools/tree ;;
esac
cd tools
pivot_root . old
cd /
PATH=/bin
umount -l /old
cd /tree

# Takes empty directories and files away, one a line, that were there for nothing but mounts. One that the script itself has removed, or put
# something else in the place of, is no fault.
remove_empty() {
  set --
  while IFS= read -r folder; do
    set -- "$@" "./$folder"
  done
  find "$@" -maxdepth 0 -empty -delete 2> /dev/null || :
}
if [ -n "${MOUNT_POINTS:-}" ]; then
  remove_empty << LIST
$MOUNT_POINTS
LIST
fi
if [ -n "${FAKEROOTKEY:-}" ]; then
  exec env LD_PRELOAD=/dev/slipway/fakeroot.so FAKEROOTDONTTRYCHOWN=1 "$@"
fi
exec "$@"

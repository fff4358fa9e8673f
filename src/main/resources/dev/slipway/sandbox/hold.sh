# Makes the place of one run in a mount and a PID namespace, and keeps it until its input ends, as it does when whoever runs
# this is killed. It is the namespace's first process, so that everything in there ends with it.
set -eu
. "$RUN/programs/mounts.sh"
cd "$RUN"
umask 022
join_groups
mkdir -p disk tools root

# Mounts a file system of its own for the tree. Its file is gone at once, and the loop device with the mount.
mount_disk() {
  truncate -s "$DISK_BYTES" image &&
    mke2fs -q -F -t ext4 -O ^has_journal,^resize_inode -m 0 -i 8192 -E lazy_itable_init=1,nodiscard image &&
    mount -o loop,noatime,nosuid,nodev image disk
}

case $DISK in
  disk)
    mounted=yes
    mount_disk || mounted=no
    rm -f image
    if [ "$mounted" = no ]; then
      echo 'warning this system refuses a loop device, so the disk of a script is in memory'
      mount -t tmpfs -o "size=$DISK_BYTES,mode=755,nosuid,nodev" slipway disk
    fi
    ;;
  memory) mount -t tmpfs -o "size=$DISK_BYTES,mode=755,nosuid,nodev" slipway disk ;;
  folder)
    mount --bind disk disk
    mount -o remount,bind,nosuid,nodev disk
    ;;
esac
mkdir disk/tree disk/work

# A root with nothing but the programs that move files and those that start scripts: who gets out of a chroot below it finds
# nothing of this machine.
mount -t tmpfs -o mode=755,nosuid,nodev slipway tools
mkdir -p tools/bin tools/tree tools/image tools/old tools/dev/slipway tools/tmp tools/proc/self
: > tools/proc/self/mountinfo # Without one, umount does nothing.
: > tools/dev/null
mount --bind /dev/null tools/dev/null
# Prints the file of a program. Some shells have programs of their own, and name no file then.
locate() {
  rest=$PATH:
  while [ -n "$rest" ]; do
    if [ -f "${rest%%:*}/$1" ] && [ -x "${rest%%:*}/$1" ]; then
      echo "${rest%%:*}/$1"
      return
    fi
    rest=${rest#*:}
  done
  return 1
}
programs=
for program in sh tar setpriv chroot env umount find xargs rmdir mkdir chmod cat; do
  programs="$programs $(locate "$program")" || complain "$program is missing on this system"
done
cp -L $programs tools/bin

# Prints what the loader finds for the programs; ldd would start it three times for each. Where the loader was not called by the
# name that programs have for it, as by ldd of nixpkgs, that name stands before the one it was called by.
list_libraries() {
  loader=$(ldd "$(locate tar)" | sed -n 's/^[[:space:]]*\(\/[^[:space:]]*\) \(=> [^[:space:]]* \)\{0,1\}(0x.*/\1/p')
  for program in $programs; do
    if [ -n "$loader" ]; then
      "$loader" --list "$program" 2> /dev/null || : # One that needs none is none of its.
    else
      ldd "$program"
    fi
  done | sed -n '/ (0x/{s/ (0x.*//; s/ => /\n/; p;}' | sed -n 's/^[[:space:]]*\(\/[^[:space:]]*\)$/\1/p' | sort -u
}

# The same as last time, if the programs and the loader's own list of libraries are the same.
libraries=
known=
state=$(stat -L -c '%n %i %s %Z' $programs /etc/ld.so.cache 2> /dev/null) || :
if [ -n "$LIBRARIES" ] && [ -f "$LIBRARIES" ]; then
  known=$(cat "$LIBRARIES")
fi
case $known in
  "$state$newline/"*)
    libraries=${known#"$state$newline"}
    ls $libraries > /dev/null 2>&1 || libraries=
    ;;
esac
if [ -z "$libraries" ]; then
  libraries=$(list_libraries)
  if [ -n "$LIBRARIES" ]; then
    printf '%s\n%s\n' "$state" "$libraries" > "$LIBRARIES.${RUN##*.}" && mv -f "$LIBRARIES.${RUN##*.}" "$LIBRARIES" ||
      rm -f "$LIBRARIES.${RUN##*.}"
  fi
fi
[ -z "$libraries" ] || cp -L --parents $libraries tools

# Whether a directory can be replaced that lies in a lower one.
if [ -n "${OVERLAY:-}" ]; then
  mkdir -p probe/lower/folder disk/probe/upper disk/probe/work
  if (
    mount -t overlay -o "lowerdir=probe/lower,upperdir=disk/probe/upper,workdir=disk/probe/work,$OVERLAY" slipway root &&
      rmdir root/folder && mkdir root/folder && : > root/folder/file
  ) 2> /dev/null; then
    echo overlay
  fi
  umount root 2> /dev/null || :
  rm -rf probe disk/probe
fi

# The process that records what cannot be done belongs to this one. Its library says itself where it is.
if [ "$IDS" = ONE ] && command -v fakeroot > /dev/null; then
  exec fakeroot sh -c '
    for folder in $(echo "$LD_LIBRARY_PATH" | tr : " ") ""; do
      if [ -e "$folder/$LD_PRELOAD" ]; then
        cp -L "$folder/$LD_PRELOAD" tools/dev/slipway/fakeroot.so
        echo "fakeroot $FAKEROOTKEY"
        break
      fi
    done
    unset LD_PRELOAD
    read -r pid _ < /proc/self/stat
    echo "ready $pid"
    exec cat > /dev/null'
fi
if [ "$IDS" = ONE ]; then
  echo 'warning no range of users is set aside for you in /etc/subuid, nor is the program fakeroot installed: all files belong to root'
fi
read -r pid _ < /proc/self/stat
echo "ready $pid"
exec cat > /dev/null

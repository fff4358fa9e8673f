# Runs a script, in namespaces of its own, with the view that $VIEW says. Arguments: the script's environment.
set -eu
. "$RUN/programs/mounts.sh"
cd "$RUN"
umask 022
join_groups
hostname localhost 2> /dev/null || :
if [ "$NETWORK" = none ]; then
  ip link set lo up 2> /dev/null || :
fi
prlimit --pid $$ --core=0 $LIMITS

# As what container engines leave to root, with nothing to be gained by programs.
capabilities=-all
for capability in chown dac_override fowner fsetid mknod setfcap setuid setgid sys_chroot kill net_bind_service audit_write; do
  capabilities=$capabilities,+$capability
done
cut="setpriv --no-new-privs --inh-caps=-all --bounding-set=$capabilities $GROUPS_OPTION"

# Lends the script, in the folder $1, a mknod where the kernel has none for it: a file that begins with a mark stands for the
# device. $2 is the shell that runs it.
before=
write_mknod() {
  [ -n "${DEVICE_MARK:-}" ] || return 0
  mkdir "$1/bin-first"
  {
    echo "#!$2"
    echo "mark='$DEVICE_MARK'"
    cat "$mknod"
  } > "$1/bin-first/mknod"
  chmod 755 "$1/bin-first/mknod"
  before=${1#"$3"}/bin-first:
}
mknod=$RUN/programs/mknod.sh

# Has what the arguments start be recorded by fakeroot.
pretend() {
  [ -z "${FAKEROOTKEY:-}" ] || echo "LD_PRELOAD=$1 FAKEROOTKEY=$FAKEROOTKEY FAKEROOTDONTTRYCHOWN=1"
}

if [ "$VIEW" = beside ]; then
  mount_machine root
  mkdir root/build/layer root/build/slipway
  mount --bind "$TREE" root/build/layer
  cp script root/build/slipway/script
  write_mknod root/build/slipway "${SHELLS%% *}" root
  if [ -e tools/dev/slipway/fakeroot.so ]; then cp tools/dev/slipway/fakeroot.so root/build/slipway/fakeroot.so; fi
  mount -o remount,bind,ro,nosuid,nodev root
  : > started
  cd root
  pivot_root . .
  umount -l .
  cd /build/layer
  exec $cut env -i "$@" "PATH=$before$SCRIPT_PATH" $(pretend /build/slipway/fakeroot.so) $SHELLS -e -o pipefail /build/slipway/script < /dev/null
fi

# What is there for nothing but mounts is taken away again, also if it came with the contents.
if [ "$VIEW" = above ]; then
  for folder in dev proc sys "${STORE_DIR%/*}" "$STORE_DIR"; do
    folder=${folder#/}
    [ -d "$TREE/$folder" ] || continue
    for lower in lowers/*; do
      [ ! -e "$lower/$folder" ] || continue 2
    done
    printf '%s\n' "$folder" >> made
  done
fi

image=tools/image
if [ -n "${LOWER:-}" ]; then
  # Names of this machine may have commas and backslashes in them, which options cannot.
  ln -s "$TREE" lowers/tree
  ln -s "$RUN/disk/work" lowers/work
  (cd lowers && mount -t overlay -o "nosuid,nodev,lowerdir=$LOWER,upperdir=tree,workdir=work,$OVERLAY" slipway "$RUN/$image")
else
  mount --bind "$TREE" "$image"
fi
for folder in dev proc sys; do
  place "$image" "$folder"
done
mount_devices "$image/dev"
mount_processes "$image/proc"
mount_system "$image/sys"
if [ "$VIEW" = above ] && [ ! -e "$image/tmp" ] && [ ! -L "$image/tmp" ]; then
  mkdir "$image/tmp"
fi
if [ -n "${STORE:-}" ]; then
  place "$image" "$STORE_DIR"
  mount_store "$image$STORE_DIR"
fi

# In /dev nothing gets into the image.
own=$image/dev/slipway
mkdir -p "$own/bin"
cp script "$own/script"
cp "$mknod" "$own/mknod.sh"
if [ -e tools/dev/slipway/fakeroot.so ]; then cp tools/dev/slipway/fakeroot.so "$own/fakeroot.so"; fi
for program in bash-static:bash busybox:busybox; do
  if file=$(command -v "${program%%:*}"); then
    : > "$own/${program#*:}"
    mount --bind -o ro,nosuid,nodev "$file" "$own/${program#*:}"
  fi
done

if [ "$NETWORK" = host ]; then
  lend_resolver "$image" "$own/resolv.conf"
fi

mount -o remount,bind,ro,nosuid,nodev tools
: > started
cd tools
pivot_root . old
cd /
PATH=/bin
umount -l /old

# The shell that the image has, or that is lent to it.
runs() {
  $cut chroot /image "$@" < /dev/null > /dev/null 2>&1
}
shell=
for candidate in $SHELLS; do
  if runs "$candidate" -c :; then
    shell=$candidate
    break
  fi
done
more=
if [ -z "$shell" ] && runs /dev/slipway/busybox true; then
  runs /dev/slipway/busybox --install -s /dev/slipway/bin
  more=:/dev/slipway/bin
  shell='/dev/slipway/busybox sh'
fi
if [ "${shell#/dev/slipway/busybox}" != "$shell" ] || [ -z "$shell" ]; then
  if runs /dev/slipway/bash -c :; then
    shell=/dev/slipway/bash
  fi
fi
if [ -z "$shell" ]; then
  echo 'the image has no shell, and this system has no static one to lend it: install bash-static and busybox-static' >&2
  exit 127
fi
mknod=/image/dev/slipway/mknod.sh
write_mknod /image/dev/slipway "$shell" /image
options=-e
if runs $shell -o pipefail -c :; then
  options='-e -o pipefail'
fi
pretended=$(pretend /dev/slipway/fakeroot.so)
if [ -n "$pretended" ]; then
  # It must go together with the libraries of the image, if the shell has any.
  said=$($cut env $pretended chroot /image $shell -c : 2>&1 < /dev/null) || said=failed
  case $said in
    '') ;;
    *)
      echo "fakeroot does not go together with the image's shell, so that all files belong to root: $said" >&2
      pretended=
      ;;
  esac
fi
exec $cut env -i "$@" $pretended "PATH=$before$SCRIPT_PATH$more" /bin/chroot /image $shell $options /dev/slipway/script < /dev/null

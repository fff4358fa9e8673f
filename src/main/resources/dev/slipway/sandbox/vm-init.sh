#!/bin/bash
# The first process of a virtual machine: unpacks what the script is to see, runs it as a namespace sandbox does, and packs
# what it has left. What it prints goes to the console, which is shown only if the machine ends without a word.
#
# Ports: 1 how far it is, a line each; 2 what scripts print; 3 the tar of what they left; 4 which directories of that tar lie
# over others, each with a NUL behind it.

export PATH=/bin
umask 022
if [ $$ = 1 ] && [ ! -e /second ]; then
  # The kernel's first root cannot be pivoted away, another mount of it can.
  /bin/busybox --install -s /bin 2> /dev/null
  mount --bind / /self
  cd /self
  : > second
  mount --move . /
  exec chroot . /init
fi
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir /dev/pts
. /run.conf
export RUN=/slipway TREE=/slipway/disk/tree OVERLAY=redirect_dir=off,metacopy=off,index=off
export GROUPS_OPTION=--clear-groups CONTROL_GROUPS= LIMITS=

say() {
  echo "slipway: $*" > /dev/slipway-port1
}

# Ends the machine. What has been written to ports is read nevertheless.
end() {
  poweroff -f
  sleep 60
}

fail() {
  say "failed $*"
  end
}

for module in /modules/*; do
  insmod "$module" || echo "cannot load ${module#/modules/}"
done

# Ports and disks appear a moment after their drivers.
tries=0
for device in 'vport*p1' 'vport*p2' 'vport*p3' 'vport*p4' vda vdb vdc; do
  until ls /dev/$device > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 1000 ]; then
      echo "the virtual machine has no $device"
      poweroff -f
    fi
    usleep 10000
  done
done
for port in 1 2 3 4; do
  ln -s /dev/vport*p$port /dev/slipway-port$port
done
say up
for disk in /sys/block/vd*; do
  ln -s "${disk##*/}" "/dev/slipway-$(cat "$disk/serial")"
done

mount -t ext4 -o noatime,noinit_itable /dev/slipway-room /room || fail 'the disk of layers cannot be mounted'
mount -t ext4 -o noatime,noinit_itable,nosuid,nodev /dev/slipway-tree "$RUN/disk" || fail 'the disk of the tree cannot be mounted'
mkdir /room/lowers /room/store "$RUN/disk/work"
ln -s /room/lowers "$RUN/lowers"

# Unpacks a tar into the directory $2. $1: the first of its blocks of 64 KiB, a colon, their number.
unpack() {
  mkdir -p "$2"
  dd if=/dev/slipway-input bs=65536 skip="${1%:*}" count="${1#*:}" 2> /dev/null |
    (cd "$2" && eval "$UNPACK") > /said 2>&1
}

for tar in $STORES; do
  unpack "$tar" /room/store || fail "the store cannot be unpacked: $(head -n 1 /said)"
done
if [ -n "$STORE_DIR" ]; then
  export STORE=/room/store
fi
LOWER=
number=0
for tar in $LAYERS; do
  unpack "$tar" "/room/lowers/$number" || fail "a layer cannot be unpacked: $(head -n 1 /said)"
  LOWER=${LOWER:+$LOWER:}$number
  number=$((number + 1))
done
export LOWER
if ! unpack "$BEGINNING" "$TREE"; then
  fail "the tree cannot be unpacked: $(head -n 1 /said)"
fi

# A root for what starts scripts: this one, in which they find nothing that they could not know.
mkdir "$RUN/root" "$RUN/tools"
mount --bind / "$RUN/tools"
mount --bind /dev/null "$RUN/tools/dev/null"

# The memory of all processes of a script together. The machine has more, for itself.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo '+memory +pids' > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/script
echo 1 > /proc/sys/vm/overcommit_memory
if [ -n "$MEMORY" ]; then
  echo "$MEMORY" > /sys/fs/cgroup/script/memory.max
fi
echo "$PROCESSES" > /sys/fs/cgroup/script/pids.max

if [ "$NETWORK" = host ]; then
  ip link set lo up
  ip link set eth0 up
  ip address add 10.0.2.15/24 dev eth0
  ip route add default via 10.0.2.2 || fail 'the network cannot be set up'
  mkdir -p /etc
  echo 'nameserver 10.0.2.3' > /etc/resolv.conf # QEMU's own, which asks the host's.
  own_network=
else
  own_network=--net
fi

# Packs the tree, and says where it hides what is below it.
pack() {
  cd "$RUN/lowers"
  case $LOWER in
    '') ;;
    *:*) mount -t overlay -o "ro,lowerdir=$LOWER,$OVERLAY" lower /lower || fail 'the layers cannot be mounted' ;;
    *) mount --bind "$LOWER" /lower ;;
  esac
  cd "$TREE" || fail 'there is no tree'
  find . -type d -print0 | while IFS= read -r -d '' directory; do
    if [ -d "/lower/$directory" ] && [ ! -L "/lower/$directory" ]; then
      printf '%s\0' "$directory"
    fi
  done > /dev/slipway-port4
  eval "$PACK" 2> /said > /dev/slipway-port3 ||
    fail "the tree cannot be packed: $(head -n 1 /said)"
  while IFS= read -r line; do
    case $line in
      *': socket ignored') say "warning ${line#*: }" ;;
    esac
  done < /said
}

wait_for_start() {
  until [ -e "$RUN/started" ]; do usleep 20000; done
}

# Runs a script in namespaces of its own, which end with it. Arguments: its name, the program that starts it.
script() {
  cp "/$1" "$RUN/script"
  rm -f "$RUN/started" /late
  # What has to be made first is not the script's time.
  {
    wait_for_start
    say "begun $1"
  } &
  watch=$!
  # A machine whose tree is wanted has to live longer than a script that takes too long.
  if [ -n "$TIME" ]; then
    {
      wait_for_start
      sleep "$TIME"
      : > /late
      kill -KILL $(cat /sys/fs/cgroup/script/cgroup.procs)
    } &
    clock=$!
  fi
  # Through a pipe, since the port can be opened only once, and scripts open what they write to anew: /dev/stderr.
  {
    echo $BASHPID > /sys/fs/cgroup/script/cgroup.procs
    exec setsid /bin/unshare --mount --propagation private --pid --fork --ipc --uts $own_network /bin/sh "/start-$1"
  } < /dev/null 2>&1 | cat > /dev/slipway-port2
  status=${PIPESTATUS[0]}
  if [ -e "$RUN/started" ]; then
    wait $watch
  else
    kill $watch
    say "refused $1"
    end
  fi
  if [ $status != 0 ] && grep -q '^oom_kill [1-9]' /sys/fs/cgroup/script/memory.events; then
    say 'out of memory'
  fi
  [ -z "$TIME" ] || kill $clock 2> /dev/null
  if [ $status != 0 ] && [ -e /late ]; then
    say late
  fi
  say "ended $status"
  if [ $status != 0 ]; then
    if [ -n "$KEEP" ]; then
      pack
      say packed
    fi
    end
  fi
}

: > "$RUN/made"
script script
tac "$RUN/made" | while IFS= read -r place; do
  if [ -d "$TREE/$place" ]; then
    rmdir "$TREE/$place" 2> /dev/null
  elif [ -f "$TREE/$place" ] && [ ! -s "$TREE/$place" ] && [ ! -L "$TREE/$place" ]; then
    rm "$TREE/$place"
  fi
done
if [ -e /afterwards ]; then
  script afterwards
fi

pack
say done
end

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kernel modules a rescue takes for their own sake: rules over the paths of the module tree. What those depend on comes
 * along whatever is said here, so drivers of busses, clocks and pins need no rule unless nothing names them. */
#include <string.h>

#include "modules.h"

struct rule {
	const char *prefix;
	bool wanted;
};

/* The longest matching prefix decides; no match means no. */
static const struct rule rules[] = {
	/* Disks, discs, tapes and the busses they hang on. */
	{ "kernel/drivers/acpi/button.", true },
	{ "kernel/drivers/acpi/nfit/", true },
	{ "kernel/drivers/ata/", true },
	{ "kernel/drivers/block/", true },
	{ "kernel/drivers/block/brd.", false },
	{ "kernel/drivers/block/drbd/", false },
	{ "kernel/drivers/block/floppy.", false }, /* probing a drive that is not there takes seconds */
	{ "kernel/drivers/block/null_blk", false },
	{ "kernel/drivers/block/rbd.", false },
	{ "kernel/drivers/block/rnbd/", false },
	{ "kernel/drivers/block/xen-blkback/", false },
	{ "kernel/drivers/cdrom/", true },
	{ "kernel/drivers/firewire/", true },
	{ "kernel/drivers/firewire/nosy.", false },
	{ "kernel/drivers/md/", true },
	{ "kernel/drivers/memstick/", true },
	{ "kernel/drivers/message/", true },
	{ "kernel/drivers/misc/cardreader/", true },
	{ "kernel/drivers/misc/enclosure.", true },
	{ "kernel/drivers/mmc/", true },
	{ "kernel/drivers/nvdimm/", true },
	{ "kernel/drivers/nvme/", true },
	{ "kernel/drivers/nvme/host/nvme-rdma.", false },
	{ "kernel/drivers/nvme/target/", false },
	{ "kernel/drivers/pci/", true }, /* vmd hides NVMe disks behind it */
	{ "kernel/drivers/scsi/", true },
	{ "kernel/drivers/scsi/qla2xxx/tcm_", false },
	{ "kernel/drivers/scsi/scsi_debug.", false },
	{ "kernel/drivers/thunderbolt/", true },
	{ "kernel/drivers/ufs/", true },
	{ "kernel/drivers/usb/chipidea/", true },
	{ "kernel/drivers/usb/common/", true },
	{ "kernel/drivers/usb/core/", true },
	{ "kernel/drivers/usb/dwc2/", true },
	{ "kernel/drivers/usb/dwc3/", true },
	{ "kernel/drivers/usb/host/", true },
	{ "kernel/drivers/usb/roles/", true },
	{ "kernel/drivers/usb/storage/", true },
	{ "kernel/drivers/usb/typec/", true },
	{ "kernel/drivers/usb/typec/altmodes/", false }, /* screens on USB: they bring in the graphics drivers */
	/* Virtual machines. */
	{ "kernel/drivers/char/virtio_console.", true },
	{ "kernel/drivers/hv/", true },
	{ "kernel/drivers/virtio/", true },
	/* Wired network. */
	{ "kernel/drivers/net/", true },
	{ "kernel/drivers/net/appletalk/", false },
	{ "kernel/drivers/net/arcnet/", false },
	{ "kernel/drivers/net/can/", false },
	{ "kernel/drivers/net/dsa/", false },
	{ "kernel/drivers/net/dummy.", false },
	{ "kernel/drivers/net/ethernet/mellanox/mlxsw/", false }, /* switches, with hundreds of MB of firmware */
	{ "kernel/drivers/net/geneve.", false },
	{ "kernel/drivers/net/gtp.", false },
	{ "kernel/drivers/net/hamradio/", false },
	{ "kernel/drivers/net/hippi/", false },
	{ "kernel/drivers/net/ieee802154/", false },
	{ "kernel/drivers/net/ifb.", false },
	{ "kernel/drivers/net/ipvlan/", false },
	{ "kernel/drivers/net/macsec.", false },
	{ "kernel/drivers/net/macvtap.", false },
	{ "kernel/drivers/net/mhi_net.", false },
	{ "kernel/drivers/net/netconsole.", false },
	{ "kernel/drivers/net/netdevsim/", false },
	{ "kernel/drivers/net/nlmon.", false },
	{ "kernel/drivers/net/plip/", false },
	{ "kernel/drivers/net/ppp/", false },
	{ "kernel/drivers/net/slip/", false },
	{ "kernel/drivers/net/tap.", false },
	{ "kernel/drivers/net/tun.", false },
	{ "kernel/drivers/net/usb/cdc-phonet.", false },
	{ "kernel/drivers/net/usb/cdc_mbim.", false },
	{ "kernel/drivers/net/usb/hso.", false },
	{ "kernel/drivers/net/usb/huawei_cdc_ncm.", false },
	{ "kernel/drivers/net/usb/qmi_wwan.", false },
	{ "kernel/drivers/net/usb/sierra_net.", false },
	{ "kernel/drivers/net/veth.", false },
	{ "kernel/drivers/net/vrf.", false },
	{ "kernel/drivers/net/vsockmon.", false },
	{ "kernel/drivers/net/vxlan", false },
	{ "kernel/drivers/net/wan/", false },
	{ "kernel/drivers/net/wireguard/", false },
	{ "kernel/drivers/net/wireless/", false },
	{ "kernel/drivers/net/wwan/", false },
	{ "kernel/drivers/net/xen-netback/", false },
	{ "kernel/net/802/", true },
	{ "kernel/net/8021q/", true },
	{ "kernel/net/9p/", true },
	{ "kernel/net/9p/9pnet_rdma.", false },
	{ "kernel/net/dns_resolver/", true },
	{ "kernel/net/ipv6/ipv6.", true },
	{ "kernel/net/packet/", true },
	{ "kernel/net/sunrpc/", true },
	{ "kernel/net/sunrpc/xprtrdma/", false },
	/* Keyboards, consoles, firmware variables, entropy. */
	{ "kernel/drivers/char/hw_random/", true },
	{ "kernel/drivers/firmware/", true },
	{ "kernel/drivers/hid/", true },
	{ "kernel/drivers/hid/amd-sfh-hid/", false },
	{ "kernel/drivers/hid/hid-cmedia.", false },
	{ "kernel/drivers/hid/hid-mcp2221.", false },
	{ "kernel/drivers/hid/hid-nintendo.", false },
	{ "kernel/drivers/hid/hid-picolcd.", false },
	{ "kernel/drivers/hid/hid-playstation.", false },
	{ "kernel/drivers/hid/hid-prodikeys.", false },
	{ "kernel/drivers/hid/hid-rmi.", false },
	{ "kernel/drivers/hid/hid-sensor", false },
	{ "kernel/drivers/hid/hid-sony.", false },
	{ "kernel/drivers/hid/hid-steam.", false },
	{ "kernel/drivers/hid/hid-thrustmaster.", false },
	{ "kernel/drivers/hid/hid-wiimote.", false },
	{ "kernel/drivers/hid/intel-ish-hid/", false },
	{ "kernel/drivers/hid/wacom.", false },
	{ "kernel/drivers/i2c/busses/i2c-designware", true }, /* built-in keyboards of some notebooks */
	{ "kernel/drivers/input/evdev.", true }, /* the power button is read through it */
	{ "kernel/drivers/input/keyboard/", true },
	{ "kernel/drivers/input/serio/", true },
	{ "kernel/drivers/input/serio/parkbd.", false },
	{ "kernel/drivers/mfd/intel-lpss", true },
	{ "kernel/drivers/pinctrl/", true },
	{ "kernel/drivers/tty/serial/8250/", true },
	/* Filesystems, their digests and ciphers. */
	{ "kernel/arch/x86/crypto/", true },
	{ "kernel/crypto/", true },
	{ "kernel/crypto/tcrypt.", false },
	{ "kernel/fs/9p/", true },
	{ "kernel/fs/btrfs/", true },
	{ "kernel/fs/efivarfs/", true },
	{ "kernel/fs/erofs/", true },
	{ "kernel/fs/exfat/", true },
	{ "kernel/fs/ext4/", true },
	{ "kernel/fs/f2fs/", true },
	{ "kernel/fs/fat/", true },
	{ "kernel/fs/fuse/", true },
	{ "kernel/fs/hfsplus/", true },
	{ "kernel/fs/isofs/", true },
	{ "kernel/fs/jfs/", true },
	{ "kernel/fs/lockd/", true },
	{ "kernel/fs/nfs/", true },
	{ "kernel/fs/nfs_common/", true },
	{ "kernel/fs/nilfs2/", true },
	{ "kernel/fs/nls/nls_ascii.", true },
	{ "kernel/fs/nls/nls_cp1250.", true },
	{ "kernel/fs/nls/nls_cp437.", true },
	{ "kernel/fs/nls/nls_cp850.", true },
	{ "kernel/fs/nls/nls_iso8859-1.", true },
	{ "kernel/fs/nls/nls_iso8859-15.", true },
	{ "kernel/fs/nls/nls_utf8.", true },
	{ "kernel/fs/ntfs3/", true },
	{ "kernel/fs/overlayfs/", true },
	{ "kernel/fs/quota/", true },
	{ "kernel/fs/reiserfs/", true },
	{ "kernel/fs/smb/client/", true },
	{ "kernel/fs/smb/common/", true },
	{ "kernel/fs/cifs/", true }, /* where it lay before Linux 6.4 */
	{ "kernel/fs/squashfs/", true },
	{ "kernel/fs/udf/", true },
	{ "kernel/fs/xfs/", true },
	/* Drivers that did not come with the kernel, but for those of screens. */
	{ "extra/", true },
	{ "updates/", true },
	{ "updates/dkms/amd", false },
	{ "updates/dkms/i915", false },
	{ "updates/dkms/nvidia", false },
	{ "updates/dkms/vbox", false },
	{ "weak-updates/", true },
	{ "weak-updates/nvidia", false },
};

bool modules_is_wanted(const char *path)
{
	bool wanted = false;
	size_t best = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
		size_t length = strlen(rules[i].prefix);

		if (length > best && !strncmp(path, rules[i].prefix, length)) {
			best = length;
			wanted = rules[i].wanted;
		}
	}
	return wanted;
}

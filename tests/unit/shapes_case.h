/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for layouts with arrays, beside those of wishes_case.h.
 */
#ifndef LIFEBOAT_TESTS_SHAPES_CASE_H
#define LIFEBOAT_TESTS_SHAPES_CASE_H

#include "wishes_case.h"

#define KIND(disk, number, start, size, kind) \
	",{'id':'part:" disk "." number "','type':'partition','on':['disk:" disk "'],'size':" size ",'partition':{'number':" number ",'start':" start \
	",'kind':'" kind "','role':'primary'}}"
#define OLD(disk, number, start, size, role) \
	",{'id':'part:" disk "." number "','type':'partition','on':['disk:" disk "'],'size':" size ",'partition':{'number':" number ",'start':" start \
	",'kind':'0x83','role':'" role "'}}"
#define RAID_KIND "A19D880F-05FC-4D3B-A006-743F0F84911E"
#define LINUX_KIND "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define PV_KIND "E6D6D379-F507-44C2-A23C-238F2A3DF928"
#define ARRAY(id, on, level, disks, component, size, roles) \
	",{'id':'" id "','type':'raid','on':[" on "],'size':" size ",'uuid':'11112222-3333-4444-5555-666677778888','properties':{'level':'" level \
	"','metadata':'1.2','raid_disks':'" disks "','component_size':'" component "','algorithm':'2','chunk_size':'524288'" roles "}}"
#define ROLES2 ",'member_0_role':'0','member_1_role':'1','member_0_data_offset':'1048576','member_1_data_offset':'1048576'"
#define ROLES3 ROLES2 ",'member_2_role':'2','member_2_data_offset':'1048576'"

#endif

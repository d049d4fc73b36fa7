"""A process of many devices on Eclipse Paho: the twin of load.ts, so that not one client's habits decide the results.

Its commands come over standard input. The history it writes is described in history.ts.
"""

import hashlib
import json
import random
import sys
import threading
import time

import paho.mqtt.client as mqtt

RETRY_S = 5.0
UNDER_WAY = 30

with open(sys.argv[1], encoding="utf-8") as plan_file:
    PLAN = json.load(plan_file)
DICE = random.Random(PLAN["seed"])
STOPPING = threading.Event()


class History:
    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8")
        self._lock = threading.Lock()

    def record(self, **event):
        line = json.dumps(event, separators=(",", ":"))
        with self._lock:
            self._file.write(line + "\n")

    def flush(self):
        with self._lock:
            self._file.flush()


HISTORY = History(PLAN["history"])


def now():
    return time.monotonic() * 1000


def hash_of(content):
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


class Device:
    def __init__(self, planned):
        self.planned = planned
        self.id = planned["client_id"]
        self.employee = planned["employee_id"]
        self.connected = threading.Event()
        self.ready = threading.Event()
        self.lock = threading.Lock()
        self.waiting = {}
        self.mentioned = {}
        self.joining = {}
        self.counter = 0
        self.is_first = True
        self.is_away = False
        self.client = mqtt.Client(self.id, clean_session=False, protocol=mqtt.MQTTv311)
        self.client.username_pw_set(self.id, planned["password"])
        self.client.reconnect_delay_set(1, 2)
        self.client.max_inflight_messages_set(1000)
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = lambda *_: self.connected.clear()
        self.client.on_message = self.on_message
        self.client.on_subscribe = self.on_subscribe

    def start(self):
        self.client.connect_async("127.0.0.1", PLAN["port"], keepalive=10)
        self.client.loop_start()
        self.connected.wait()
        self.ready.wait()
        self.request("auth.bind", {"employee_id": self.employee}, None).wait()

    def on_connect(self, client, _userdata, flags, code):
        if code != 0:
            return
        if not flags["session present"]:
            if not self.is_first:
                HISTORY.record(type="note", t=now(), text=self.id + " has lost its session")
            topics = ["mchat/msg/resp/%s/+" % self.id, "mchat/inbox/" + self.employee]
            topics += ["mchat/group/" + group for group in self.planned["groups"]]
            client.subscribe([(topic, 1) for topic in topics])
        self.is_first = False
        self.connected.set()
        if self.is_away:
            self.is_away = False
            HISTORY.record(type="back", t=now(), session=self.id)

    def on_subscribe(self, _client, _userdata, mid, granted):
        with self.lock:
            group = self.joining.pop(mid, None)
        if group is None:
            if any(qos != 1 for qos in granted):
                HISTORY.record(type="note", t=now(), text=self.id + " was refused a subscription")
            self.ready.set()
        elif granted[0] == 1:
            HISTORY.record(type="subscribed", t=now(), session=self.id, conversation="g|" + group)

    def on_message(self, client, _userdata, message):
        t = now()
        body = json.loads(message.payload)
        if message.topic.startswith("mchat/msg/resp/"):
            self.on_response(t, message.topic, body)
            return
        kind = body.get("type")
        if kind == "system" and body.get("action") == "member_added" and message.topic.startswith("mchat/inbox/"):
            with self.lock:
                _, mid = client.subscribe("mchat/group/" + body["group_id"], 1)
                self.joining[mid] = body["group_id"]
        if kind not in ("private", "group"):
            return
        sender = body["from_employee_id"]
        if kind == "group":
            conversation = "g|" + body["group_id"]
        else:
            conversation = private_name(sender, body["to_employee_id"])
        HISTORY.record(
            type="deliver",
            t=t,
            session=self.id,
            msgId=body["msg_id"],
            sender=sender,
            conversation=conversation,
            hash=hash_of(body["content"]),
        )

    def on_response(self, t, topic, body):
        client, seq = topic.split("/")[-2:]
        code = body["code"]
        data = body.get("data") or {}
        mention = self.mentioned.get(seq)
        if mention is not None or int(seq) > self.counter or client != self.id:
            event = {"type": "response", "t": t, "client": client, "seq": seq, "code": code}
            if "msg_id" in data:
                event["msgId"] = data["msg_id"]
            if mention is not None and mention.get("kind") == "change":
                event["answer"] = json.dumps(data, sort_keys=True)
            HISTORY.record(**event)
        if code < 500 and code != 429:
            with self.lock:
                waiting = self.waiting.pop(seq, None)
            if waiting is not None:
                waiting["done"].set()

    def request(self, action, fields, mention):
        with self.lock:
            self.counter += 1
            seq = str(self.counter)
            waiting = {"payload": json.dumps({"action": action, **fields}), "mention": mention, "done": threading.Event()}
            self.waiting[seq] = waiting
            if mention is not None:
                self.mentioned[seq] = mention
        self.attempt(seq, waiting)
        return waiting["done"]

    def attempt(self, seq, waiting):
        waiting["again"] = time.monotonic() + RETRY_S
        if waiting["mention"] is not None:
            HISTORY.record(
                type="invoke", t=now(), client=self.id, seq=seq, sender=self.employee, **waiting["mention"]
            )
        self.client.publish("mchat/msg/req/%s/%s" % (self.id, seq), waiting["payload"], 1)

    def repeat(self):
        with self.lock:
            overdue = [(seq, each) for seq, each in self.waiting.items() if each["again"] < time.monotonic()]
        for seq, waiting in overdue:
            self.attempt(seq, waiting)

    def leave(self, is_rude):
        HISTORY.record(type="away", t=now(), session=self.id)
        self.is_away = True
        if is_rude:
            # Without a DISCONNECT; the library would connect again at once, so its loop is ended first.
            self.client._thread_terminate = True
            self.client._sock_close()
            self.client.loop_stop()
        else:
            self.client.disconnect()
            self.client.loop_stop()
        self.connected.clear()

    def come_back(self):
        while True:
            try:
                self.client.reconnect()
                break
            except OSError:
                time.sleep(0.5)
        self.client.loop_start()
        self.connected.wait()


def private_name(one, other):
    return "p|" + "|".join(sorted([one, other]))


class Load:
    def __init__(self):
        self.count = 0
        self.shed = 0
        self.devices = [Device(planned) for planned in PLAN["devices"]]
        self.by_id = {device.id: device for device in self.devices}

    def content(self):
        self.count += 1
        return "paho %d %d %s" % (PLAN["seed"], self.count, "." * int(DICE.random() * 900))

    def act(self, device):
        dice = DICE.random()
        groups = device.planned["groups"] + device.planned["guest_of"]
        peer = DICE.choice([person for person in PLAN["people"] if person != device.employee])
        if dice < 0.6 and groups:
            group = DICE.choice(groups)
            content = self.content()
            device.request(
                "msg.send_group",
                {"group_id": group, "content": content},
                {"conversation": "g|" + group, "hash": hash_of(content)},
            )
        elif dice < 0.9:
            content = self.content()
            device.request(
                "msg.send_private",
                {"to_employee_id": peer, "content": content},
                {"conversation": private_name(device.employee, peer), "hash": hash_of(content)},
            )
        elif dice < 0.95:
            device.request("org.tree", {}, {"kind": "read"})
        elif dice < 0.98:
            device.request("employee.get", {"employee_id": peer}, {"kind": "read"})
        else:
            device.request("no.such_action", {}, {"kind": "read", "expect": 400})

    def talk(self):
        talkers = [device for device in self.devices if device.planned["talks"]]
        due = time.monotonic()
        while not STOPPING.is_set():
            due += DICE.expovariate(PLAN["rate"])
            wait = due - time.monotonic()
            if wait > 0.001:
                STOPPING.wait(wait)
            if wait < -2:
                due = time.monotonic()
            device = DICE.choice(talkers)
            if len(device.waiting) < UNDER_WAY:
                self.act(device)
            else:
                self.shed += 1

    def host(self, guest):
        device = self.by_id[guest["by"]]
        fields = {"group_id": guest["group"], "member_ids": [guest["employee_id"]]}

        def change(action, joins):
            member = {"group": guest["group"], "employee": guest["employee_id"], "joins": joins}
            device.request(action, fields, {"kind": "change", "member": member}).wait()

        while not STOPPING.is_set():
            change("group.member_add", True)
            STOPPING.wait(1 + 5 * DICE.random())
            change("group.member_remove", False)
            STOPPING.wait(1 + 3 * DICE.random())

    def come_and_go(self, device):
        while not STOPPING.is_set():
            if STOPPING.wait(4 + 21 * DICE.random()):
                return
            device.leave(DICE.random() < 0.5)
            STOPPING.wait(2 + 10 * DICE.random())
            device.come_back()

    def keep_asking(self):
        while True:
            time.sleep(0.25)
            HISTORY.flush()
            for device in self.devices:
                device.repeat()

    def run(self):
        threading.Thread(target=self.keep_asking, daemon=True).start()
        for device in self.devices:
            device.start()
        say("ready")
        sys.stdin.readline()
        work = [threading.Thread(target=self.talk)]
        work += [threading.Thread(target=self.host, args=(guest,)) for guest in PLAN["guests"]]
        work += [
            threading.Thread(target=self.come_and_go, args=(device,))
            for device in self.devices
            if device.planned["flaky"]
        ]
        for thread in work:
            thread.start()
        sys.stdin.readline()
        STOPPING.set()
        for thread in work:
            thread.join()
        while any(device.waiting or not device.connected.is_set() for device in self.devices):
            time.sleep(0.1)
        say(json.dumps({"shed": self.shed}))
        sys.stdin.readline()
        for device in self.devices:
            device.client.disconnect()
            device.client.loop_stop()
        HISTORY.flush()


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


Load().run()

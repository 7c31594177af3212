using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Sends capabilities and long messages from one address space to another (manual section "Message Transfer").</summary>
/// <remarks>The first worker sends, the second receives.</remarks>
internal static unsafe class CapabilityTransfer
{
    private const ulong Received = TaskLayout.FirstFree;
    private const ulong Lesser = TaskLayout.FirstFree + 1;
    private const ulong Label = 0x31;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ref Report report)
    {
        report.Row("transfer"u8, "path set"u8, "Send"u8, "the capability arrives, with its badge, and works"u8, Arrives(stage));
        report.Row("transfer"u8, "path set"u8, "Send lesser"u8, "a capability without Write arrives and can't signal"u8, ArrivesWithItsRights(stage));
        report.Row("transfer"u8, "no path"u8, "Send"u8, "the message arrives without the capability"u8, NoPath(stage));
        report.Row("transfer"u8, "no Grant"u8, "Send"u8, "the message arrives without the capability"u8, NoGrant(stage));
        report.Row("transfer"u8, "same endpoint"u8, "Send"u8, "the capability arrives as a badge"u8, Unwrapped(stage));
        report.Row("transfer"u8, "reply saved"u8, "SaveCaller"u8, "the saved reply capability answers the caller, once"u8, SavedReply(stage));
        report.Row("transfer"u8, "120 words"u8, "Call"u8, "all words arrive, and all words of the reply"u8, LongMessage(stage));
    }

    private static bool Arrives(in Stage stage)
    {
        Prepare(stage, hasPath: true);
        SendCapability(stage, TaskLayout.EndpointSlot, TaskLayout.NotificationSlot);
        bool arrived = Got(stage, unwrapped: 0, caps: 1);
        stage.Of(Actor.Second).Trap(Syscall.Send, Received);
        return arrived && stage.TakeWord() == Stage.BadgeOf(Actor.First);
    }

    private static bool ArrivesWithItsRights(in Stage stage)
    {
        Prepare(stage, hasPath: true);
        stage.Of(Actor.First).Grant(stage.Notification, Lesser, CapRights.Read, badge: 1);
        SendCapability(stage, TaskLayout.EndpointSlot, Lesser);
        bool arrived = Got(stage, unwrapped: 0, caps: 1);
        stage.Of(Actor.Second).Trap(Syscall.Send, Received);
        return arrived && stage.Runs(Actor.Second) && stage.TakeWord() == 0;
    }

    private static bool NoPath(in Stage stage)
    {
        Prepare(stage, hasPath: false);
        SendCapability(stage, TaskLayout.EndpointSlot, TaskLayout.NotificationSlot);
        return Got(stage, unwrapped: 0, caps: 0);
    }

    private static bool NoGrant(in Stage stage)
    {
        Prepare(stage, hasPath: true);
        stage.Of(Actor.First).Grant(stage.Endpoint, Lesser, CapRights.ReadWrite, Stage.BadgeOf(Actor.First));
        SendCapability(stage, Lesser, TaskLayout.NotificationSlot);
        return Got(stage, unwrapped: 0, caps: 0);
    }

    private static bool Unwrapped(in Stage stage)
    {
        Prepare(stage, hasPath: true);
        SendCapability(stage, TaskLayout.EndpointSlot, TaskLayout.EndpointSlot);
        return Got(stage, unwrapped: 1, caps: 1) && stage.Of(Actor.Second).Buffer->CapsOrBadges[0] == Stage.BadgeOf(Actor.First);
    }

    private static bool SavedReply(in Stage stage)
    {
        stage.Reset();
        ref ChildTask server = ref stage.Of(Actor.Second);
        stage.Receive(Actor.Second);
        stage.Send(Actor.First, Syscall.Call);
        var save = new MessageInfo((ulong)InvocationLabel.CNodeSaveCaller, 0, 0, 2);
        server.Trap(Syscall.Call, TaskLayout.NodeSlot, save, new Words { Word0 = Received, Word1 = Limits.WordBits });
        bool saved = stage.Runs(Actor.Second) && server.Page->Received.Label == (ulong)SeL4Error.NoError;
        stage.Reply(Actor.Second);
        bool stillWaits = stage.Waits(Actor.First);
        stage.Trap(Actor.Second, Syscall.Send, Received);
        bool answered = stage.GotReply(Actor.First, Actor.Second);

        // It is used up: the slot is empty.
        server.Trap(Syscall.NBSend, Received);
        return saved && stillWaits && answered && stage.EndpointIsIdle();
    }

    private static bool LongMessage(in Stage stage)
    {
        stage.Reset();
        ref ChildTask client = ref stage.Of(Actor.First);
        ref ChildTask server = ref stage.Of(Actor.Second);
        var info = new MessageInfo(Label, 0, 0, Limits.MessageWords);
        FillWords(client.Buffer, 0x1_0000);
        stage.Receive(Actor.Second);
        client.Trap(Syscall.Call, TaskLayout.EndpointSlot, info, FirstWords(0x1_0000));
        bool arrived = stage.Runs(Actor.Second) && HasWords(server, 0x1_0000);
        FillWords(server.Buffer, 0x2_0000);
        server.Trap(Syscall.Reply, 0, info, FirstWords(0x2_0000));
        return arrived && stage.Runs(Actor.First) && HasWords(client, 0x2_0000);
    }

    private static void Prepare(in Stage stage, bool hasPath)
    {
        stage.Reset();
        ref ChildTask receiver = ref stage.Of(Actor.Second);
        receiver.TakeAway(Received);
        stage.Of(Actor.First).TakeAway(Lesser);
        receiver.Buffer->ReceiveCNode = hasPath ? TaskLayout.NodeSlot : 0;
        receiver.Buffer->ReceiveIndex = Received;
        receiver.Buffer->ReceiveDepth = Limits.WordBits;
        stage.Receive(Actor.Second);
    }

    private static void SendCapability(in Stage stage, ulong endpoint, ulong capability)
    {
        ref ChildTask sender = ref stage.Of(Actor.First);
        sender.Buffer->CapsOrBadges[0] = capability;
        sender.Trap(Syscall.Send, endpoint, new MessageInfo(Label, 0, 1, 1), new Words { Word0 = Label });
    }

    private static bool Got(in Stage stage, uint unwrapped, uint caps)
    {
        CommandPage* page = stage.Of(Actor.Second).Page;
        return stage.Runs(Actor.First) && stage.Runs(Actor.Second)
            && page->Badge == Stage.BadgeOf(Actor.First)
            && page->Got.Word0 == Label
            && page->Received.Raw == new MessageInfo(Label, unwrapped, caps, 1).Raw;
    }

    private static Words FirstWords(ulong seed) => new() { Word0 = seed, Word1 = seed + 1, Word2 = seed + 2, Word3 = seed + 3 };

    private static void FillWords(IpcBuffer* buffer, ulong seed)
    {
        for (int i = Limits.MessageRegisters; i < Limits.MessageWords; i++)
            buffer->Message[i] = seed + (ulong)i;
    }

    private static bool HasWords(in ChildTask task, ulong seed)
    {
        Words first = task.Page->Got;
        bool good = task.Page->Received.Length == Limits.MessageWords
            && first.Word0 == seed && first.Word1 == seed + 1 && first.Word2 == seed + 2 && first.Word3 == seed + 3;
        for (int i = Limits.MessageRegisters; i < Limits.MessageWords; i++)
            good &= task.Buffer->Message[i] == seed + (ulong)i;
        return good;
    }
}

using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Is where the rows are played: three workers, and an endpoint and a notification that they share.</summary>
/// <remarks>
/// Nobody here sees into the kernel. What an object's state is shows in what it does next: the root task probes it, and a worker that has
/// not done its last command waits. The workers' priority is above the root task's, so nothing is left to time.
/// </remarks>
internal unsafe struct Stage
{
    /// <summary>The badge of the root task's own signals.</summary>
    public const ulong ProbeBadge = 0x80;

    private const int ActorCount = 3;
    private const ulong MessageLength = Limits.MessageRegisters;

    private readonly ChildTask* _actors;
    private readonly ulong _scratch;
    private readonly ulong _probe;

    /// <summary>Builds the workers.</summary>
    /// <param name="actors">Room for three.</param>
    /// <param name="worker">Their program.</param>
    /// <param name="plantFailure">Whether one row shall expect the wrong thing.</param>
    public Stage(ChildTask* actors, ElfImage worker, bool plantFailure)
    {
        _actors = actors;
        PlantFailure = plantFailure;
        for (int i = 0; i < ActorCount; i++)
            actors[i] = ChildTask.Start(worker, Priority.Worker);
        _scratch = Objects.Make(ObjectType.Untyped, Limits.PageBits);
        Endpoint = Objects.TakeSlot();
        Notification = Objects.TakeSlot();
        _probe = Objects.TakeSlot();
    }

    /// <summary>Gets whether one row shall expect the wrong thing.</summary>
    public bool PlantFailure { get; }

    /// <summary>Gets the slot of the row's endpoint.</summary>
    public ulong Endpoint { get; }

    /// <summary>Gets the slot of the row's notification.</summary>
    public ulong Notification { get; }

    /// <summary>Gets the badge that an actor's messages and signals carry: a bit of its own.</summary>
    public static ulong BadgeOf(Actor actor) => 1UL << (int)actor;

    /// <summary>Gets an actor's task.</summary>
    public readonly ref ChildTask Of(Actor actor) => ref _actors[(int)actor];

    /// <summary>Begins a row: the objects of the last one are destroyed, fresh ones made; all actors wait for a command and hold nothing.</summary>
    public readonly void Reset()
    {
        for (int i = 0; i < ActorCount; i++)
            _actors[i].Restart();
        Terminal.Require(Objects.Revoke(_scratch), "revoking the last row's objects"u8);
        Senders.ReleaseAll();
        Terminal.Require(Objects.TryMake(_scratch, ObjectType.Endpoint, 0, Endpoint), "making an endpoint"u8);
        Terminal.Require(Objects.TryMake(_scratch, ObjectType.Notification, 0, Notification), "making a notification"u8);
        Terminal.Require(Objects.TryMint(Notification, _probe, ProbeBadge), "minting the probe"u8);
        for (int i = 0; i < ActorCount; i++)
        {
            ref ChildTask actor = ref _actors[i];
            actor.Grant(Endpoint, TaskLayout.EndpointSlot, CapRights.All, BadgeOf((Actor)i));
            actor.Grant(Notification, TaskLayout.NotificationSlot, CapRights.ReadWrite, BadgeOf((Actor)i));
        }
    }

    /// <summary>Lets an actor send its message to the endpoint.</summary>
    public readonly void Send(Actor actor, Syscall call = Syscall.Send) => Trap(actor, call, TaskLayout.EndpointSlot);

    /// <summary>Lets an actor receive from the endpoint.</summary>
    public readonly void Receive(Actor actor, Syscall call = Syscall.Recv) => Trap(actor, call, TaskLayout.EndpointSlot);

    /// <summary>Lets an actor reply with its message.</summary>
    public readonly void Reply(Actor actor) => Trap(actor, Syscall.Reply, 0);

    /// <summary>Lets an actor reply with its message, then receive from the endpoint.</summary>
    public readonly void ReplyAndReceive(Actor actor) => Trap(actor, Syscall.ReplyRecv, TaskLayout.EndpointSlot);

    /// <summary>Lets an actor signal its bit.</summary>
    public readonly void Signal(Actor actor) => Trap(actor, Syscall.Send, TaskLayout.NotificationSlot);

    /// <summary>Lets an actor wait for the notification, or poll it.</summary>
    public readonly void Wait(Actor actor, Syscall call = Syscall.Recv) => Trap(actor, call, TaskLayout.NotificationSlot);

    /// <summary>Tells whether an actor has done its last command.</summary>
    public readonly bool Runs(Actor actor) => Of(actor).IsDone;

    /// <summary>Tells whether an actor waits in its last command.</summary>
    public readonly bool Waits(Actor actor) => !Of(actor).IsDone;

    /// <summary>Tells whether an actor has received another's message, with its badge.</summary>
    public readonly bool GotMessage(Actor actor, Actor sender) => Got(actor, BadgeOf(sender), sender);

    /// <summary>Tells whether an actor has received another's message as a reply.</summary>
    public readonly bool GotReply(Actor actor, Actor sender) => Got(actor, 0, sender);

    /// <summary>Tells whether an actor has received signals and no message.</summary>
    public readonly bool GotSignals(Actor actor, ulong badges) =>
        Runs(actor) && Of(actor).Page->Badge == badges && Of(actor).Page->Received.Raw == 0;

    /// <summary>Tells whether an actor was told that there was nothing.</summary>
    public readonly bool GotNothing(Actor actor) => GotSignals(actor, 0);

    /// <summary>Takes a message from the endpoint and tells whether it was an actor's, who so waited first in the queue.</summary>
    public readonly bool HeadSenderIs(Actor actor)
    {
        if (!Waits(actor))
            return false;
        MessageInfo info = SeL4.NBRecv(Endpoint, out ulong badge);
        return badge == BadgeOf(actor) && info.Raw == InfoOf(actor).Raw && SeL4.GetMR(0) == MessageOf(actor);
    }

    /// <summary>Sends a message to the endpoint and tells whether it went to an actor, who so waited first in the queue.</summary>
    public readonly bool HeadReceiverIs(Actor actor)
    {
        const ulong Label = 0x77;
        if (!Waits(actor))
            return false;
        SeL4.NBSendWithMRs(Endpoint, new MessageInfo(Label, 0, 0, 0));
        return Runs(actor) && Of(actor).Page->Received.Label == Label;
    }

    /// <summary>Signals the notification and tells whether an actor got it, who so waited first in the queue.</summary>
    public readonly bool HeadWaiterIs(Actor actor)
    {
        if (!Waits(actor))
            return false;
        SeL4.Signal(_probe);
        return GotSignals(actor, ProbeBadge);
    }

    /// <summary>Tells whether the endpoint is idle: nobody sends, and no actor waits for anything.</summary>
    public readonly bool EndpointIsIdle()
    {
        SeL4.NBRecv(Endpoint, out ulong badge);
        return badge == 0 && Runs(Actor.First) && Runs(Actor.Second) && Runs(Actor.Third);
    }

    /// <summary>Takes the notification's word.</summary>
    public readonly ulong TakeWord()
    {
        SeL4.Poll(Notification, out ulong word);
        return word;
    }

    /// <summary>Lets an actor make a system call; whatever it sends is its own message.</summary>
    public readonly void Trap(Actor actor, Syscall call, ulong capability)
    {
        ulong message = MessageOf(actor);
        var words = new Words { Word0 = message, Word1 = message + 1, Word2 = message + 2, Word3 = message + 3 };
        Of(actor).Trap(call, capability, InfoOf(actor), words);
    }

    private readonly bool Got(Actor actor, ulong badge, Actor sender)
    {
        CommandPage* page = Of(actor).Page;
        ulong message = MessageOf(sender);
        return Runs(actor)
            && page->Badge == badge
            && page->Received.Raw == InfoOf(sender).Raw
            && page->Got.Word0 == message
            && page->Got.Word1 == message + 1
            && page->Got.Word2 == message + 2
            && page->Got.Word3 == message + 3;
    }

    private static ulong MessageOf(Actor actor) => 0x1000 * ((ulong)actor + 1);

    private static MessageInfo InfoOf(Actor actor) => new(0x100 + (ulong)actor, 0, 0, (uint)MessageLength);
}

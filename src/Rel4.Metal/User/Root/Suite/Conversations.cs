using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Has two tasks take turns by U-notifications, asleep between them or awake, and disturbs them: no post may be lost.</summary>
/// <remarks>
/// Both have the root task's priority, so that a pause of one lets the others run, on one processor, too; where there are several, each has another. What is done and when is drawn
/// from a seed.
/// </remarks>
internal unsafe struct Conversations
{
    private const ulong Endless = ulong.MaxValue;
    private const ulong LongestPause = 200;

    // Looks at two that make no progress, each of which lets them run; where one is on another processor, which the host may keep from running.
    private const int Patience = 10_000, PatienceBeside = 5_000_000;

    private readonly Stage _stage;
    private readonly ElfImage _worker;
    private readonly ulong _processors;
    private readonly int _patience;
    private readonly ulong _handler;
    private readonly ulong _memory;
    private Side _first;
    private Side _second;
    private SplitMix _random;

    private Conversations(BootInfo* information, in Stage stage, ElfImage worker, ulong seed)
    {
        _stage = stage;
        _worker = worker;
        _processors = information->NodeCount;
        _patience = _processors == 1 ? Patience : PatienceBeside;
        _random = new SplitMix(seed);
        ref ChildTask any = ref stage.Of(Actor.First);
        any.Command(WorkerCommand.GetHandler);
        _handler = any.Page->Badge;
        _memory = Objects.Make(ObjectType.Untyped, Limits.TcbBits + 2);
        _first = new Side(Actor.First);
        _second = new Side(Actor.Second);
    }

    /// <summary>Runs the rows of tasks that sleep: with the words <c>seed=N</c> and <c>rounds=N</c>, and with <c>plant-failure</c> only the first, where both go to sleep as nobody may.</summary>
    public static void RunAsleep(BootInfo* information, in Stage stage, ElfImage worker, ref Report report)
    {
        ulong seed = ExtraInformation.NumberOf(information, "seed="u8, 1), rounds = ExtraInformation.NumberOf(information, "rounds="u8, 1000);
        Terminal.PrintCount("seed"u8, seed);
        var both = new Conversations(information, stage, worker, seed);
        Manner manner = stage.PlantFailure ? Manner.IsCareless : Manner.None;
        report.Row("parking"u8, "undisturbed"u8, "turns"u8, "each wakes the other, each time"u8, both.Converse(rounds, manner, isDisturbed: false));
        if (stage.PlantFailure)
            return;
        report.Row("parking"u8, "suspended"u8, "turns"u8, "stopped and resumed at any step, each still wakes the other"u8, both.Converse(rounds, manner, isDisturbed: true));
        report.Row("parking"u8, "killed"u8, "Stop"u8, "whichever loses the other at any step goes on, and is woken"u8, both.Survives(rounds / 10, manner));
        both.End();
    }

    /// <summary>Runs the row of tasks that stay awake, each on a processor: with the word <c>rounds=N</c>.</summary>
    public static void RunAwake(BootInfo* information, in Stage stage, ElfImage worker, ref Report report)
    {
        ulong rounds = ExtraInformation.NumberOf(information, "rounds="u8, 10_000);
        var both = new Conversations(information, stage, worker, seed: 1);
        report.Row("notifications"u8, "two, awake"u8, "turns"u8, "neither enters the kernel"u8, both.CountEntries(rounds));
        both.End();
    }

    /// <summary>Lets both take their turns to the end.</summary>
    private bool Converse(ulong rounds, Manner manner, bool isDisturbed)
    {
        Begin(2 * rounds, LongestPause, manner);
        ulong sleeps = 0, disturbances = 0;
        for (int i = 0, reached = 0; !(_first.IsDone(_stage) && _second.IsDone(_stage)); i++)
        {
            SeL4.Yield();
            int turns = (int)Turns;
            if (turns != reached)
                (reached, i) = (turns, 0);
            if (i == _patience)
                return false;
            if (isDisturbed && _random.Below(16) == 0)
            {
                Disturb(_random.Below(2) == 0 ? _first : _second);
                disturbances++;
            }
        }

        sleeps = _first.Page(_stage)->Badge + _second.Page(_stage)->Badge;
        Terminal.PrintCount("turns"u8, Turns);
        Terminal.PrintCount("sleeps"u8, sleeps);
        Terminal.PrintCount("disturbances"u8, disturbances);
        return Turns == 4 * rounds && sleeps != 0;
    }

    private void Disturb(in Side side)
    {
        Terminal.Require(SeL4.TCB_Suspend(side.Thread), "suspending a thread"u8);
        Pass(4);
        Terminal.Require(SeL4.TCB_Resume(side.Thread), "resuming a thread"u8);
    }

    /// <summary>Kills either thread while both take turns, or takes its way to the other away, as often as it says.</summary>
    private bool Survives(ulong kills, Manner manner)
    {
        for (ulong i = 0; i < kills; i++)
        {
            Begin(Endless, LongestPause, manner);
            Pass(64);
            bool isFirst = _random.Below(2) == 0, dies = _random.Below(2) == 0;
            ref Side survivor = ref _first, victim = ref _second;
            if (isFirst)
            {
                survivor = ref _second;
                victim = ref _first;
            }

            Terminal.Require(Objects.Delete(dies ? victim.Thread : victim.Sender), "killing one of two"u8);
            Pass(8);
            survivor.Stop();
            if (!dies)
                victim.Stop();
            if (!Ends(survivor) || !(dies || Ends(victim)))
                return false;
        }

        Terminal.PrintCount("kills"u8, kills);
        return kills != 0;
    }

    private void Pass(ulong limit)
    {
        for (ulong i = _random.Below(limit); i > 0; i--)
            SeL4.Yield();
    }

    private readonly bool Ends(in Side side)
    {
        for (int i = 0; i < _patience; i++)
        {
            if (side.IsDone(_stage))
                return true;
            SeL4.Yield();
        }

        return false;
    }

    /// <summary>Counts how often both enter the kernel by what they do themselves, from a moment when both are awake to another.</summary>
    private bool CountEntries(ulong rounds)
    {
        Begin(Endless, 0, Manner.Spins);
        bool good = Reaches(4);
        EntryCounts before = Entries();
        ulong start = Turns;
        good = good && Reaches(start + (4 * rounds));
        ulong turns = Turns - start;
        EntryCounts after = Entries();
        Terminal.PrintCount("notifications"u8, turns / 2);
        Terminal.PrintCount("calls"u8, after.SystemCalls - before.SystemCalls);
        Terminal.PrintCount("exceptions"u8, after.Exceptions - before.Exceptions);
        Terminal.PrintCount("interrupts"u8, after.Interrupts - before.Interrupts);
        return good && after.SystemCalls == before.SystemCalls && after.Exceptions == before.Exceptions;
    }

    private bool Reaches(ulong turns)
    {
        ulong reached = Turns;
        for (int i = 0; reached < turns; i++)
        {
            SeL4.Yield();
            if (Turns != reached)
                (reached, i) = (Turns, 0);
            if (i == _patience)
                return false;
        }

        return true;
    }

    private readonly ulong Turns => Volatile.Read(ref _first.Page(_stage)->Turns) + Volatile.Read(ref _second.Page(_stage)->Turns);

    private readonly EntryCounts Entries()
    {
        Terminal.Require(SeL4.TCB_ReadEntries(_first.Thread, out EntryCounts first), "reading a thread's entries"u8);
        Terminal.Require(SeL4.TCB_ReadEntries(_second.Thread, out EntryCounts second), "reading a thread's entries"u8);
        return new EntryCounts { SystemCalls = first.SystemCalls + second.SystemCalls, Exceptions = first.Exceptions + second.Exceptions, Interrupts = first.Interrupts + second.Interrupts };
    }

    /// <summary>Makes two threads in the workers' places, each of which may post to the other, and lets them begin.</summary>
    private void Begin(ulong turns, ulong longestPause, Manner manner)
    {
        Terminal.Require(Objects.Revoke(_memory), "revoking the last threads"u8);
        _first.Make(_stage, _worker, _memory, _handler, _processors - 1);
        _second.Make(_stage, _worker, _memory, _handler, _processors > 2 ? _processors - 2 : 0);
        _first.Meet(_stage, _second);
        _second.Meet(_stage, _first);
        _second.Start(_stage, turns, new Words { Word0 = _random.Next(), Word1 = longestPause, Word2 = (ulong)manner });
        _first.Start(_stage, turns, new Words { Word0 = _random.Next(), Word1 = longestPause, Word2 = (ulong)(manner | Manner.Begins) });
    }

    private readonly void End()
    {
        Terminal.Require(Objects.Revoke(_memory), "revoking the last threads"u8);
        _stage.Reset();
    }

    /// <summary>Is one of the two: a thread of its own in a worker's place, whose own is stopped meanwhile.</summary>
    private struct Side(Actor actor)
    {
        private readonly ulong _bell = Objects.TakeSlot();
        private readonly ulong _stop = Objects.TakeSlot();
        private SenderHandle _sender;

        public ulong Thread { get; } = Objects.TakeSlot();

        /// <summary>Gets the slot of the capability by which it may post to the other.</summary>
        public ulong Sender { get; } = Objects.TakeSlot();

        public readonly CommandPage* Page(in Stage stage) => stage.Of(actor).Page;

        public readonly bool IsDone(in Stage stage) => Volatile.Read(ref Page(stage)->Completed) == Page(stage)->Issued;

        public readonly void Make(in Stage stage, ElfImage worker, ulong memory, ulong handler, ulong processor)
        {
            ref ChildTask host = ref stage.Of(actor);
            host.Restart();
            host.Stop();
            var guard = new CNodeCapData(0, Limits.WordBits - TaskLayout.NodeBits);
            UserContext registers = default;
            registers.Rip = worker.Entry;
            Require(Objects.TryMake(memory, ObjectType.Tcb, 0, Thread));
            Require(Objects.TryMake(memory, ObjectType.Notification, 0, _bell));
            Require(SeL4.TCB_Configure(Thread, TaskLayout.FaultSlot, host.Node, guard.Raw, host.Space.Root, 0, TaskLayout.IpcBuffer, host.BufferFrame));
            Require(SeL4.TCB_SetPriority(Thread, RootSlot.Tcb, Priority.Root));
            Require(SeL4.TCB_SetAffinity(Thread, processor));
            Require(SeL4.TCB_WriteRegisters(Thread, false, 0, UserContext.Count, &registers));
            Require(SeL4.TCB_RegisterReceiver(Thread, _bell, handler, Interruptions.RedZone, out _));
            Require(Objects.TryMint(_bell, _stop, Conversation.Stop));
            host.Grant(_bell, Conversation.OwnBell, CapRights.Read);
        }

        public void Meet(in Stage stage, in Side other)
        {
            Require(Objects.TryMint(other._bell, Sender, Conversation.Answer));
            Require(SeL4.TCB_RegisterSender(Thread, Sender, out _sender));
            stage.Of(actor).Grant(other._bell, Conversation.OtherBell, CapRights.Write, Conversation.Answer);
        }

        public readonly void Start(in Stage stage, ulong turns, Words words)
        {
            ref ChildTask host = ref stage.Of(actor);
            host.Page->Sent = words;
            host.Command(WorkerCommand.Converse, _sender.Index, turns);
            Require(SeL4.TCB_Resume(Thread));
        }

        /// <summary>Tells it to stop, by the kernel.</summary>
        public readonly void Stop() => SeL4.Signal(_stop);

        private static void Require(SeL4Error error) => Terminal.Require(error, "making two threads that take turns"u8);
    }
}

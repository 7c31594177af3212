using System.Globalization;

namespace Rel4.Kernel.Tests;

/// <summary>Does a batch do the same as the same calls one after another?</summary>
/// <remarks>Two machines that are the same, byte by byte: one has calls made, the other batches of them. All memory is compared but what belongs to the batch. <c>REL4_SEED</c> begins with another seed.</remarks>
public sealed unsafe class RandomBatchTests
{
    private const int Rounds = 400;
    private const ulong FirstSlot = 100;
    private const ulong Slots = 40;

    private static readonly ObjectType[] s_types =
        [ObjectType.Untyped, ObjectType.Tcb, ObjectType.Endpoint, ObjectType.Notification, ObjectType.CapTable, ObjectType.Page4K, (ObjectType)99];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(4, 3)]
    public void Batch_OfRandomCalls_DoesWhatTheCallsDo(ulong seed, ulong preemptAt)
    {
        if (Environment.GetEnvironmentVariable("REL4_SEED") is { Length: > 0 } text)
            seed += ulong.Parse(text, CultureInfo.InvariantCulture);
        var random = new SplitMix(seed);
        using var batch = new BatchWorld();
        using var calls = new BatchWorld();
        var answers = new Dictionary<SeL4Error, int>();
        for (int round = 0; round < Rounds; round++)
        {
            var made = new List<(ulong Number, Call Call, InvocationResult Result)>();
            for (int count = 1 + random.Below(BatchFrame.Capacity); count > 0; count--)
            {
                Call call = Random(ref random, calls.World);
                made.Add((
                    batch.Write(call.Service, call.Label, call.Words, call.Caps), call, calls.World.Root.Invoke(call.Service, call.Label, call.Words, call.Caps)));
            }

            Perform(batch, preemptAt);
            foreach ((ulong number, Call call, InvocationResult expected) in made)
            {
                (SeL4Error error, ulong[] words) = batch.AnswerTo(number);
                Assert.True(
                    expected.Error == error && words.AsSpan().SequenceEqual(expected.Words.AsSpan(0, Math.Min(expected.Words.Length, BatchAnswer.MessageWords))),
                    $"seed {seed}, round {round}: {call} is answered by {error} in a batch, and by {expected} alone");
                answers[error] = answers.GetValueOrDefault(error) + 1;
            }

            Assert.True(Difference(batch, calls) is null, $"seed {seed}, round {round}: {Difference(batch, calls)}");
        }

        batch.World.Check();
        Assert.True(
            answers.GetValueOrDefault(SeL4Error.NoError) > Rounds && answers.Count >= 8,
            $"seed {seed}: the calls are blind: {string.Join(", ", answers.Select(answer => $"{answer.Key} {answer.Value}"))}");
    }

    /// <summary>Has the batch performed, again and again while it is preempted.</summary>
    private static void Perform(BatchWorld batch, ulong preemptAt)
    {
        do
        {
            batch.World.Kernel.PreemptAt(preemptAt);
            batch.Submit();
            batch.World.Kernel.PreemptAt(0);
        }
        while (batch.Mapped->Completed != batch.Mapped->Produced);
    }

    private static Call Random(ref SplitMix random, World world)
    {
        ulong slot = Slot(ref random), other = Slot(ref random), memory = world.Memory.Value;
        int kind = random.Below(12);

        // To an endpoint a call would be sent, which is refused in a batch.
        bool isEndpoint = world.SlotOf(slot)->Cap.Type == CapType.Endpoint;
        if (kind > 9 && isEndpoint)
            kind = 7;
        switch (kind)
        {
            case 0 or 1 or 2:
                ulong untyped = random.Chance(70) || isEndpoint ? memory : slot;
                return new Call(
                    untyped, InvocationLabel.UntypedRetype,
                    [(ulong)s_types[random.Below(s_types.Length)], (ulong)(random.Chance(80) ? 4 : random.Below(70)), 0, 0, other, (ulong)random.Below(4)], RootSlot.CNode);
            case 3:
                return new Call(RootSlot.CNode, InvocationLabel.CNodeCopy, [slot, 64, other, 64, (ulong)random.Below(16)], RootSlot.CNode);
            case 4:
                return new Call(RootSlot.CNode, InvocationLabel.CNodeMint, [slot, 64, other, 64, (ulong)random.Below(16), random.Next() % 9], RootSlot.CNode);
            case 5:
                return new Call(RootSlot.CNode, InvocationLabel.CNodeMove, [slot, 64, other, (ulong)(60 + random.Below(6))], RootSlot.CNode);
            case 6:
                return new Call(RootSlot.CNode, InvocationLabel.CNodeRotate, [slot, 64, 0, other, 64, 0, Slot(ref random), 64], RootSlot.CNode, RootSlot.CNode);
            case 7 or 8:
                return new Call(RootSlot.CNode, InvocationLabel.CNodeDelete, [slot, 64]);
            case 9:
                return new Call(RootSlot.CNode, random.Chance(50) ? InvocationLabel.CNodeRevoke : InvocationLabel.CNodeCancelBadgedSends, [slot, 64]);
            case 10:
                // Methods of threads, and of whatever else is there.
                return new Call(slot, Harmless(ref random), [random.Next() % 3, random.Next() % 30, random.Next() % 300], other, RootSlot.Tcb);
            default:
                return new Call(slot, Harmless(ref random), [random.Next() % 256], RootSlot.Tcb);
        }
    }

    private static InvocationLabel Harmless(ref SplitMix random)
    {
        InvocationLabel[] labels =
        [
            InvocationLabel.TcbReadRegisters, InvocationLabel.TcbWriteRegisters, InvocationLabel.TcbSetPriority, InvocationLabel.TcbSetMCPriority, InvocationLabel.TcbSuspend,
            InvocationLabel.TcbSetFlags, InvocationLabel.TcbSetTlsBase, InvocationLabel.TcbBindNotification, InvocationLabel.TcbUnbindNotification, InvocationLabel.TcbSetIpcBuffer,
            InvocationLabel.NotificationRegisterReceiver, InvocationLabel.NotificationUnregisterReceiver, InvocationLabel.NotificationRegisterSender,
        ];
        return labels[random.Below(labels.Length)];
    }

    private static ulong Slot(ref SplitMix random) => FirstSlot + (random.Next() % Slots);

    /// <summary>Finds the first difference of the two machines, but for the frames, the root thread's registers and its IPC buffer.</summary>
    private static string? Difference(BatchWorld batch, BatchWorld calls)
    {
        foreach (BatchWorld each in new[] { batch, calls })
        {
            new Span<byte>(&each.Thread.Tcb->Context, sizeof(UserContext)).Clear();
            each.Thread.Tcb->FaultIP = 0;
            new Span<byte>(each.Thread.Buffer, IpcBuffer.Size).Clear();
        }

        (BatchFrame saved, ulong completed) = (*batch.Mapped, batch.Thread.Tcb->BatchCompleted);
        *batch.Mapped = *calls.Mapped;
        batch.Thread.Tcb->BatchCompleted = calls.Thread.Tcb->BatchCompleted;
        long difference = MemorySnapshot.FirstDifference(batch.World.Kernel, calls.World.Kernel);
        *batch.Mapped = saved;
        batch.Thread.Tcb->BatchCompleted = completed;
        return difference < 0 ? null : $"the memory differs at {difference:x}";
    }

    private sealed record Call(CPtr Service, InvocationLabel Label, ulong[] Words, params CPtr[] Caps)
    {
        public override string ToString() => $"{Label} of {Service} ({string.Join(", ", Words)}; {string.Join(", ", Caps)})";
    }
}

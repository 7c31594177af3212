using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls from many coroutines.</summary>
internal static class Callers
{
    private const int HighPriority = 1, LowPriority = 6, CallersOfPriority = 8;

    /// <summary>See <see cref="PairRole.Call"/>.</summary>
    public static async CoTask CallAsync()
    {
        var callers = new Caller[Program.Count];
        for (int i = 0; i < callers.Length; i++)
            callers[i] = new Caller((ulong)i);
        while (true)
        {
            await ReL4.Wait(BrokerLayout.Bell);
            for (int i = 0; i < callers.Length; i++)
                callers[i].Id = Spawn(callers[i]);
            ulong right = 0, closed = 0, failed = 0;
            for (int i = 0; i < callers.Length; i++)
            {
                await Executor.Current!.Join(callers[i].Id);
                right += callers[i].Right;
                if (callers[i].Outcome == CompletionOutcome.Closed)
                    closed++;
                else if (callers[i].Outcome != CompletionOutcome.Succeeded)
                    failed++;
            }

            RootTask.Tell(right, closed, failed);
        }
    }

    /// <summary>See <see cref="PairRole.CallByPriority"/>.</summary>
    public static async CoTask CallByPriorityAsync()
    {
        // Opens the channel.
        using (await ReL4.Call(PairLayout.Endpoint, PairLabel.Echo, new byte[1]))
        {
        }

        var asked = new Asked[2 * CallersOfPriority];
        for (int i = 0; i < asked.Length; i++)
            asked[i] = new Asked();
        for (int i = 0; i < asked.Length; i++)
            asked[i].Id = Spawn(asked[i], i < CallersOfPriority ? LowPriority : HighPriority);
        ulong lastOfHigh = 0, firstOfLow = ulong.MaxValue;
        for (int i = 0; i < asked.Length; i++)
        {
            await Executor.Current!.Join(asked[i].Id);
            if (i < CallersOfPriority)
                firstOfLow = Math.Min(firstOfLow, asked[i].Number);
            else
                lastOfHigh = Math.Max(lastOfHigh, asked[i].Number);
        }

        RootTask.Tell(lastOfHigh < firstOfLow ? 1UL : 0, lastOfHigh, firstOfLow);
        await Sleeping.ForEverAsync();
    }

    /// <summary>See <see cref="PairRole.CallSynchronously"/>.</summary>
    public static async CoTask CallSynchronouslyAsync()
    {
        await ReL4.Wait(BrokerLayout.Bell);
        ulong right = 0;
        for (ulong i = 0; i < (ulong)Program.Count; i++)
        {
            ulong word = i, second = 0, third = 0, fourth = 0;
            SeL4.CallWithMRs(PairLayout.Endpoint, new Rel4.Abi.MessageInfo(PairLabel.Invert, 0, 0, 1), ref word, ref second, ref third, ref fourth);
            if (word == ~i)
                right++;
        }

        RootTask.Tell(right);
        await Sleeping.ForEverAsync();
    }

    /// <summary>See <see cref="PairRole.Send"/>.</summary>
    public static async CoTask SendAsync()
    {
        var number = new byte[sizeof(ulong)];
        for (ulong i = 1; i <= (ulong)Program.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, i);
            await ReL4.Send(PairLayout.Endpoint, PairLabel.Add, number);
        }

        using (IpcResponse reply = await ReL4.Call(PairLayout.Endpoint, PairLabel.Sum, number))
            RootTask.Tell(BinaryPrimitives.ReadUInt64LittleEndian(reply.Payload));
        await Sleeping.ForEverAsync();
    }

    /// <summary>See <see cref="PairRole.CallUnanswered"/>.</summary>
    public static async CoTask CallUnansweredAsync()
    {
        ulong told = 0;
        for (int i = 0; i < Program.Count; i++)
        {
            (CompletionOutcome outcome, _) = await ReL4.Call(PairLayout.Endpoint, PairLabel.Forget, new byte[1]).WithOutcome();
            if (outcome == CompletionOutcome.Abandoned)
                told++;
        }

        RootTask.Tell(told);
        await Sleeping.ForEverAsync();
    }

    /// <summary>See <see cref="PairRole.CallWithout"/>.</summary>
    public static async CoTask CallWithoutAsync()
    {
        ulong told = 0;
        for (int i = 0; i < 2; i++)
        {
            // Nobody has put anything into the first; the other has a notification.
            ulong slot = i == 0 ? PairLayout.Other : BrokerLayout.Bell;
            (CompletionOutcome called, _) = await ReL4.Call(slot, PairLabel.Echo, new byte[1]).WithOutcome();
            CompletionOutcome sent = await ReL4.Send(slot, PairLabel.Echo, new byte[1]).WithOutcome();
            told += (called == CompletionOutcome.Failed ? 1UL : 0) + (sent == CompletionOutcome.Failed ? 1UL : 0);
        }

        RootTask.Tell(told);
        await Sleeping.ForEverAsync();
    }

    /// <summary>See <see cref="PairRole.CallOnAndOn"/>.</summary>
    public static async CoTask CallOnAndOnAsync()
    {
        ulong closed = 0, failed = 0;
        var message = new byte[sizeof(ulong)];
        for (int i = 0; i < Program.Count; i++)
        {
            (CompletionOutcome outcome, _) = await ReL4.Call(PairLayout.Endpoint, PairLabel.Invert, message).WithOutcome();
            if (outcome == CompletionOutcome.Closed)
                closed++;
            else if (outcome != CompletionOutcome.Succeeded)
                failed++;
        }

        RootTask.Tell(closed, failed, Heap.Used);
        await Sleeping.ForEverAsync();
    }

    private static unsafe CoroutineId Spawn(Caller caller) => Executor.Current!.Spawn(&Caller.CallManyAsync, caller);

    private static unsafe CoroutineId Spawn(Asked asked, int priority) => Executor.Current!.Spawn(&Asked.AskAsync, asked, priority);
}

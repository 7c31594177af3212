namespace Rel4.Metal.User;

/// <summary>Counts what a call takes, for each way to call and as much work of the store's as the seeds had: 0, 1 and 10 µs.</summary>
/// <remarks>
/// Ticks of the time-stamp counter, which on one processor are instructions, of both tasks and the kernel together; one is taken for a nanosecond. Printed are, for each, ticks a call and how often
/// the two tasks entered the kernel in 1,000 calls.
/// </remarks>
internal static class KvFigures
{
    private const ulong InstructionsOfMicrosecond = 1000;

    // More than registers hold: the fast path leaves such messages to the rest of the kernel.
    private const uint LongWords = 5;

    private const int MostCallers = 64;

    /// <summary>Runs all, and a row for each amount of work.</summary>
    public static void Run(KvStage stage, ref Report report)
    {
        ReadOnlySpan<byte> works = [0, 1, 10];
        for (int i = 0; i < works.Length; i++)
        {
            ulong work = works[i];
            bool isRight = Count("fast"u8, stage, KvRole.ServeSynchronously, KvRole.CallSynchronously, 0, work)
                & Count("slow"u8, stage, KvRole.ServeSynchronously, KvRole.CallSynchronously, LongWords, work)
                & Count("served"u8, stage, KvRole.Serve, KvRole.CallSynchronously, 0, work)
                & Count("async"u8, stage, KvRole.Serve, KvRole.Call, 0, work, MostCallers);
            report.Row("store"u8, work == 0 ? "0 us"u8 : work == 1 ? "1 us"u8 : "10 us"u8, "measured calls"u8, "every reply is right"u8, isRight);
        }
    }

    private static bool Count(ReadOnlySpan<byte> name, KvStage stage, KvRole serve, KvRole call, uint words, ulong work, int mostCallers = 1)
    {
        BrokerTask store = stage.StartStore(serve, words, work * InstructionsOfMicrosecond), load = stage.StartLoad(call, words);
        bool isRight = true;
        for (int callers = 1; callers <= mostCallers; callers *= 2)
        {
            // The first time opens the channel, and touches memory for the first time.
            isRight &= stage.Do(load, callers).Word0 == KvLayout.Calls;
            ulong before = store.Entries + load.Entries;
            Words told = stage.Do(load, callers);
            isRight &= told.Word0 == KvLayout.Calls;
            Print(name, callers, work, "ticks"u8, told.Word1 / KvLayout.Calls);
            Print(name, callers, work, "entries"u8, (store.Entries + load.Entries - before) * 1000 / KvLayout.Calls);
        }

        stage.End(load);
        stage.End(store);
        return isRight;
    }

    private static void Print(ReadOnlySpan<byte> name, int callers, ulong work, ReadOnlySpan<byte> what, ulong count)
    {
        Terminal.Print("bench "u8);
        Terminal.Print(name);
        Terminal.Print("."u8);
        Terminal.Print((ulong)callers);
        Terminal.Print("."u8);
        Terminal.Print(work);
        Terminal.Print("."u8);
        Terminal.Print(what);
        Terminal.Print(" "u8);
        Terminal.Print(count);
        Terminal.Print("\n"u8);
    }
}

namespace Rel4.Metal.User;

/// <summary>Has two tasks signal each other.</summary>
internal static class PairSignals
{
    private const int Polls = 10;

    /// <summary>Runs the rows, and prints how often both entered the kernel.</summary>
    public static void Run(PairStage stage, int rounds, ref Report report)
    {
        (BrokerTask ping, BrokerTask pong) = stage.StartSignallers(PairRole.Ping, PairRole.Pong, rounds);
        // The first registers.
        bool good = !stage.Do(ping).HasEnded;
        ulong before = ping.Entries + pong.Entries;
        ulong start = TaskCode.Timestamp();
        BrokerNews news = stage.Do(ping);
        ulong instructions = TaskCode.Timestamp() - start;
        report.Row("pair"u8, "two tasks"u8, "Signal, Wait"u8, "each is woken by each signal of the other"u8, good && !news.HasEnded && news.Words.Word0 == (ulong)rounds);
        Terminal.PrintCount("signals"u8, 2 * (ulong)rounds);
        Terminal.PrintCount("signal"u8, instructions / (2 * (ulong)rounds));
        Terminal.PrintCount("entries"u8, ping.Entries + pong.Entries - before);
        stage.Broker.End(ping);
        stage.Broker.End(pong);

        (BrokerTask poll, pong) = stage.StartSignallers(PairRole.Poll, PairRole.Pong, Polls);
        news = stage.Do(poll);
        report.Row(
            "pair"u8, "two tasks"u8, "Signal, Poll"u8, "the word has the bit that the other signals by"u8, !news.HasEnded && news.Words.Word0 == 1UL << PairLayout.FirstBit);
        stage.Broker.End(poll);
        stage.Broker.End(pong);
    }
}

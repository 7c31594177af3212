namespace Rel4.Metal.User;

/// <summary>Has tasks exchange messages of all kinds.</summary>
internal static class PairMessages
{
    private const int Synchronous = 200;
    private const int Sends = 10_000;
    private const int Unanswered = 10;

    /// <summary>Runs the rows.</summary>
    public static void Run(PairStage stage, ref Report report)
    {
        BrokerTask server = stage.StartServer();
        report.Row("pair"u8, "1 at once"u8, "long calls"u8, "come back as they were up to 1 MiB; above that: TooLong"u8, stage.Try(PairRole.CallLong).Word0 == 0x7F);
        report.Row("pair"u8, "16 at once"u8, "priorities"u8, "those of the first are sent and served first"u8, stage.Try(PairRole.CallByPriority).Word0 == 1);
        report.Row("pair"u8, "many"u8, "Send"u8, "all arrive, in order with the call behind them"u8, stage.Try(PairRole.Send, Sends).Word0 == Sends * (Sends + 1UL) / 2);
        report.Row("pair"u8, "1 at once"u8, "never answered"u8, "the caller is told: Abandoned"u8, stage.Try(PairRole.CallUnanswered, Unanswered).Word0 == Unanswered);
        report.Row("pair"u8, "no capability"u8, "Call, Send"u8, "by an empty slot or a notification's: Failed, and nobody waits"u8, stage.Try(PairRole.CallWithout).Word0 == 4);
        report.Row("pair"u8, "no channel"u8, "synchronous"u8, "each call gets its reply"u8, stage.Try(PairRole.CallSynchronously, Synchronous, badge: 2).Word0 == Synchronous);

        // Both at once.
        BrokerTask caller = stage.StartClient(PairRole.Call, 64), synchronous = stage.StartClient(PairRole.CallSynchronously, Synchronous, badge: 2);
        caller.Ring(PairLayout.GoBit);
        synchronous.Ring(PairLayout.GoBit);
        BrokerNews one = stage.Broker.Serve(), other = stage.Broker.Serve();
        if (one.Task != caller)
            (one, other) = (other, one);
        report.Row(
            "pair"u8, "64 at once"u8, "synchronous"u8, "a busy server answers who has no channel as well"u8,
            !one.HasEnded && !other.HasEnded && one.Words.Word0 == 64 * PairLayout.CallsOfOne && other.Words.Word0 == Synchronous);
        stage.Broker.End(caller);
        stage.Broker.End(synchronous);
        stage.Broker.End(server);
    }
}

using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Has one task call another.</summary>
internal static class PairCalls
{
    /// <summary>Runs the rows, and prints what a call takes: instructions of both sides and the kernel's together.</summary>
    public static void Run(PairStage stage, ref Report report)
    {
        BrokerTask server = stage.StartServer(), client = stage.StartClient(PairRole.Call, 64);
        report.Row("pair"u8, "64 at once"u8, "first calls"u8, "a channel opens, and each gets the replies to its calls"u8, IsRight(stage.Do(client), 64));
        Count("pair64"u8, stage, server, client, 64, ref report);
        stage.Broker.End(client);
        client = stage.StartClient(PairRole.Call, 1);
        report.Row("pair"u8, "1 at once"u8, "first calls"u8, "likewise"u8, IsRight(stage.Do(client), 1));
        Count("pair1"u8, stage, server, client, 1, ref report);
        stage.Broker.End(client);
        stage.Broker.End(server);
    }

    /// <summary>Has one call the other a million times, from the opening of the channel on.</summary>
    public static void RunMillion(PairStage stage, ref Report report)
    {
        const int Callers = 64, Calls = 1_000_000 / Callers;
        BrokerTask server = stage.StartServer(), client = stage.StartClient(PairRole.Call, Callers, calls: Calls);
        ulong before = server.Entries + client.Entries;
        BrokerNews news = stage.Do(client);
        report.Row("pair"u8, "64 at once"u8, "a million calls"u8, "each gets the replies to its calls"u8, !news.HasEnded && news.Words.Word0 == Callers * Calls);
        Terminal.PrintCount("entries"u8, server.Entries + client.Entries - before);
        stage.Broker.End(client);
        stage.Broker.End(server);
    }

    private static bool IsRight(BrokerNews news, int callers) => !news.HasEnded && news.Words.Word0 == (ulong)(callers * PairLayout.CallsOfOne);

    private static void Count(ReadOnlySpan<byte> name, PairStage stage, BrokerTask server, BrokerTask client, int callers, ref Report report)
    {
        ulong before = server.Entries + client.Entries, start = TaskCode.Timestamp();
        BrokerNews news = stage.Do(client);
        ulong instructions = TaskCode.Timestamp() - start;
        report.Row("pair"u8, callers == 1 ? "1 at once"u8 : "64 at once"u8, "calls again"u8, "likewise"u8, IsRight(news, callers));
        Terminal.PrintCount(name, instructions / (ulong)(callers * PairLayout.CallsOfOne));
        Terminal.PrintCount("entries"u8, server.Entries + client.Entries - before);
    }
}

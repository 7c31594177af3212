namespace Rel4.Metal.User;

/// <summary>Ends tasks at any moment, while others have 64 calls under way with them.</summary>
internal static class PairDeaths
{
    private const int Callers = 64;
    private const ulong HonestBadge = 9;
    private const int Calls = 300;
    private const ulong MostTurns = 6;
    private const ulong MostTicks = 100_000;
    private const ulong Patience = 50_000;
    private const int SynchronousCalls = 2_000;

    private enum Way
    {
        /// <summary>The broker ends it.</summary>
        Told,

        /// <summary>All its memory goes, thread and all; the broker is told afterwards.</summary>
        Revoked,
    }

    /// <summary>Runs the rows.</summary>
    public static void Run(PairStage stage, int times, ref Report report)
    {
        report.Row("broker"u8, "synchronous"u8, "server replaced"u8, "while there is none each call is answered, also the last"u8, ReplacesServers(stage, times));
        report.Row("broker"u8, "64 calls"u8, "client killed"u8, "at any step: its server goes on, and has others"u8, KillsClients(stage, times, Way.Told));
        report.Row("broker"u8, "64 calls"u8, "client revoked"u8, "likewise, though nobody told the broker"u8, KillsClients(stage, times, Way.Revoked));
        report.Row("broker"u8, "64 calls"u8, "server killed"u8, "at any step: calls end, and the next server has the client"u8, KillsServers(stage, times, Way.Told));
        report.Row("broker"u8, "64 calls"u8, "server revoked"u8, "likewise, though nobody told the broker while they were under way"u8, KillsServers(stage, times, Way.Revoked));
    }

    private static bool ReplacesServers(PairStage stage, int times)
    {
        BrokerTask client = stage.StartClientBesideServer(PairRole.CallSynchronously, SynchronousCalls);
        client.Ring(PairLayout.GoBit);
        bool isDone = false;
        BrokerNews news = default;
        for (int i = 0; i < times && !isDone; i++)
        {
            // One that takes no call: those that a server has taken end with it unanswered.
            stage.Broker.End(stage.StartServer(PairRole.Pong));
            isDone = stage.Pass(MostTurns, MostTicks, out news);
        }

        // It has nothing to wait for but its next call.
        isDone = isDone || stage.Pass(Patience, MostTicks, out news);
        stage.Broker.End(client);
        return isDone && !news.HasEnded;
    }

    private static bool KillsClients(PairStage stage, int times, Way way)
    {
        var random = new SplitMix(11);
        int free = stage.Broker.FreeChannels;
        BrokerTask? server = null, honest = null;
        bool good = true;
        for (int i = 0; i < times && good; i++)
        {
            // What a server has had of one badge is not collected.
            if (i % 16 == 0)
            {
                if (server is not null)
                    stage.Broker.End(server);
                server = stage.StartServer();
                honest ??= stage.StartClient(PairRole.Call, 1, HonestBadge, Calls);
                good = IsServedAgain(stage, honest, 1);
            }

            BrokerTask client = stage.StartClient(PairRole.Call, Callers, calls: Calls);
            client.Ring(PairLayout.GoBit);
            stage.Pass(random.Below(MostTurns), random.Below(MostTicks), out BrokerNews news);
            good = good && !news.HasEnded;
            if (way == Way.Revoked)
            {
                Objects.Revoke(client.Block);
                good = good && IsServed(stage, honest!, 1);
            }

            stage.Broker.End(client);
            good = good && IsServed(stage, honest!, 1);
        }

        stage.Broker.End(honest!);
        stage.Broker.End(server!);
        return good && stage.Broker.FreeChannels == free;
    }

    private static bool KillsServers(PairStage stage, int times, Way way)
    {
        var random = new SplitMix(12);
        int free = stage.Broker.FreeChannels;
        BrokerTask? client = null;
        bool good = true;
        for (int i = 0; i < times && good; i++)
        {
            BrokerTask server = stage.StartServer();
            // What a client has had of channels is not collected.
            if (i % 16 == 0)
            {
                if (client is not null)
                    stage.Broker.End(client);
                client = stage.StartClient(PairRole.Call, Callers, calls: Calls);
            }

            if (way == Way.Revoked)
                good = IsServedAgain(stage, client!, Callers);
            client!.Ring(PairLayout.GoBit);
            bool isDone = stage.Pass(random.Below(MostTurns), random.Below(MostTicks), out BrokerNews news);
            if (way == Way.Revoked)
                Objects.Revoke(server.Block);
            else
                stage.Broker.End(server);
            if (!isDone)
                news = stage.Await(client);
            good = good && !news.HasEnded && (news.Words.Word1 + news.Words.Word2 != 0 || news.Words.Word0 == Callers * Calls);
            stage.Broker.End(server);
            server = stage.StartServer();
            good = good && IsServedAgain(stage, client, Callers);
            stage.Broker.End(server);
        }

        stage.Broker.End(client!);
        return good && stage.Broker.FreeChannels == free;
    }

    /// <summary>Tells whether a client is served whose server is another now: it may not have heard that its channel is closed before it calls.</summary>
    private static bool IsServedAgain(PairStage stage, BrokerTask client, int callers) => IsServed(stage, client, callers) || IsServed(stage, client, callers);

    private static bool IsServed(PairStage stage, BrokerTask client, int callers)
    {
        BrokerNews news = stage.Do(client);
        return !news.HasEnded && news.Words.Word0 == (ulong)(callers * Calls);
    }
}

namespace Rel4.Metal.User;

/// <summary>Has tasks abuse what opens channels. Behind each act an honest client is served as before.</summary>
internal static class PairAttacks
{
    private const ulong HonestBadge = 9;
    private const int Times = 100;
    private const int Openings = 3000;

    /// <summary>Runs the rows.</summary>
    public static void Run(PairStage stage, ref Report report)
    {
        BrokerTask server = stage.StartServer();
        int free = stage.Broker.FreeChannels;
        BrokerTask honest = stage.StartClient(PairRole.Call, 1, HonestBadge);
        bool good = IsServed(stage, honest);
        report.Row("broker"u8, "forged tickets"u8, "Open, Accept"u8, "open nothing"u8, good & stage.Try(PairRole.Forge, Times).Word0 == 5 * Times & IsServed(stage, honest));
        Words hoard = stage.Try(PairRole.Hoard);
        report.Row(
            "broker"u8, "never claimed"u8, "Ask, Leave"u8, "as many tickets as a task has channels; left once"u8,
            hoard is { Word0: BrokerLayout.Channels, Word1: 0 } & IsServed(stage, honest));
        report.Row(
            "broker"u8, "one client"u8, "opens at once"u8, "two channels at most, and others keep theirs"u8,
            stage.Try(PairRole.OpenMany, 8, badge: 3).Word0 == Broker.MostOfPair & IsServed(stage, honest) && stage.Broker.FreeChannels == free - 1);
        Words opened = stage.Try(PairRole.OpenWithoutEnd, Times, badge: 4);
        report.Row(
            "broker"u8, "one client"u8, "opens endlessly"u8, "until the server declines, and tells it; others are heard"u8,
            opened.Word0 is > 0 and <= 32 & opened.Word0 + opened.Word1 == Times & IsServed(stage, honest) & stage.Try(PairRole.CallUnanswered, 1, badge: 5).Word0 == 1);
        report.Row("broker"u8, "one client"u8, "garbage"u8, "closes its own channel"u8, stage.Try(PairRole.WriteGarbage, 1, badge: 6).Word0 == 1 & IsServed(stage, honest));
        stage.Broker.End(honest);
        stage.Broker.End(server);

        // With as much memory as tasks have unless they say something else.
        server = stage.StartServer(PairRole.ServeWithLittle);
        honest = stage.StartClient(PairRole.Call, 1, HonestBadge);
        good = IsServed(stage, honest);
        Words taken = stage.Try(PairRole.TakeMemory, Broker.MostOfPair);
        report.Row("broker"u8, "one client"u8, "long messages"u8, "its server has memory left for others"u8, good & taken.Word0 == Broker.MostOfPair & IsServed(stage, honest));
        BrokerTask one = stage.StartClient(PairRole.BeginLong, 1, badge: 2), other = stage.StartClient(PairRole.BeginLong, 1, badge: 3);
        good = stage.Do(one).Words.Word0 + stage.Do(other).Words.Word0 == 2 & IsServed(stage, honest);
        report.Row("broker"u8, "two clients"u8, "begin long ones"u8, "likewise, though none of them ends"u8, good);
        stage.Broker.End(one);
        stage.Broker.End(other);
        stage.Broker.End(honest);
        stage.Broker.End(server);

        server = stage.StartServer(PairRole.AcceptAndLeave);
        Words calls = stage.Try(PairRole.CallOnAndOn, Openings);
        report.Row("broker"u8, "server leaves"u8, "opens endlessly"u8, "until the client calls it no more, and goes on"u8, calls.Word0 + calls.Word1 == Openings);
        stage.Broker.End(server);

        server = stage.StartServer(PairRole.AcceptTwice);
        BrokerTask client = stage.StartClient(PairRole.Call, 1);
        client.Ring(PairLayout.GoBit);
        Words accepted = stage.Await(server).Words;
        report.Row("broker"u8, "one ticket"u8, "Accept twice"u8, "is good once"u8, accepted is { Word0: 1, Word1: 1, Word2: 0 });
        stage.Broker.End(server);
        BrokerNews news = stage.Await(client);
        report.Row("broker"u8, "silent server"u8, "ends"u8, "its caller goes on: Closed, or Failed if it had no channel yet"u8, !news.HasEnded && news.Words.Word0 == 0 && news.Words.Word1 + news.Words.Word2 == 1);
        stage.Broker.End(client);
        report.Row("broker"u8, "all ended"u8, "channels"u8, "their memory is back"u8, stage.Broker.FreeChannels == free);
    }

    private static bool IsServed(PairStage stage, BrokerTask honest)
    {
        BrokerNews news = stage.Do(honest);
        return !news.HasEnded && news.Words.Word0 == PairLayout.CallsOfOne;
    }
}

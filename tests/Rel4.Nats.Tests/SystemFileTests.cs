using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;

namespace Rel4.Nats.Tests;

/// <summary>Does a file say of NATS what code says?</summary>
public sealed class SystemFileTests : IDisposable
{
    private readonly Keys _keys = new();

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void Parse_OfAllThereIsOfNats_MakesTheSameModel()
    {
        string folder = Path.GetDirectoryName(_keys.File("own"))!;
        File.WriteAllText(Path.Combine(folder, "authority.pem"), "");
        SystemDefinition system = SystemFile.Parse(
            $$"""
            {
              "endpoints": ["requests"], "notifications": ["changed"],
              "tasks": { "a": { "program": "a.dll", "grants": { "remote": { "object": "remote", "rights": ["write", "grant"] } } } },
              "nats": {
                "servers": ["nats://10.0.0.1:4222", "tls://nats.example:4223"],
                "certificateAuthority": "authority.pem",
                "exports": {
                  "shop.store": { "object": "requests", "keyFile": "own", "atLeastOnce": true, "grants": { "one": { "key": "{{_keys.Public("one")}}", "badge": 7 } } },
                  "shop.changed": { "object": "changed", "keyFile": "own", "grants": { "one": { "key": "{{_keys.Public("one")}}", "badge": 5 } } }
                },
                "imports": {
                  "remote": { "subject": "stock.store", "grant": "shop", "keyFile": "one", "spread": "calls", "atLeastOnce": true },
                  "full": { "subject": "stock.full", "grant": "shop", "keyFile": "one", "notification": true }
                }
              }
            }
            """,
            folder);

        NatsDefinition nats = system.Nats!;
        Assert.Equal(["nats://10.0.0.1:4222", "tls://nats.example:4223"], nats.Servers);
        Assert.Equal(Path.Combine(folder, "authority.pem"), nats.CertificateAuthority);
        Assert.Equal(["shop.store requests AtLeastOnce one 7", "shop.changed changed AtMostOnce one 5"], nats.Exports.Select(
            export => $"{export.Subject} {export.Object.Name} {export.Delivery} {Assert.Single(export.Grants).Name} {export.Grants[0].Badge}"));
        Assert.Equal(
            [
                new NatsImport(new EndpointDefinition("remote"), "stock.store", "shop", _keys.File("one")) { Spread = NatsSpread.Calls, Delivery = NatsDelivery.AtLeastOnce },
                new NatsImport(new NotificationDefinition("full"), "stock.full", "shop", _keys.File("one")),
            ],
            nats.Imports);
        TaskDefinition bridge = system.Tasks.Single(task => task.Name == NatsDefinition.BridgeName);
        Assert.Equal(SocketAccess.Internet, bridge.Sandbox.Sockets);
        // One for each bit of a notification, and what tasks here call it receives.
        Assert.Equal(
            [
                "export0.0 Write, Grant 7", "export1.0.0 Write 1", "export1.0.2 Write 4", "import0 Read, Grant 0", "import1 Read 0",
            ],
            bridge.Grants.Select(grant => $"{grant.Name} {grant.Rights} {grant.Badge}"));
        Assert.Equal(CapRights.Write | CapRights.Grant, Assert.Single(system.Tasks.Single(task => task.Name == "a").Grants).Rights);
    }
}

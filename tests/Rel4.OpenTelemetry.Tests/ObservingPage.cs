using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Rel4.Abi;
using Rel4.Contracts;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Streams;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>The programs of docs/observing.md, word for word.</summary>
internal static class ObservingPage
{
    public static void AddTo(HostApplicationBuilder builder)
    {
        builder.Services.AddRel4(system =>
        {
            EndpointDefinition telemetry = system.AddEndpoint("telemetry"), prices = system.AddEndpoint("prices");
            system.Host.Grant("telemetry", telemetry, CapRights.Read | CapRights.Grant);
            system.AddTask("server", Server.Run)
                .Grant("prices", prices, CapRights.Read | CapRights.Grant)
                .Grant("telemetry", telemetry, CapRights.Write | CapRights.Grant)
                .Environment("OTEL_BSP_SCHEDULE_DELAY", "500");           // spans go after so many ms
            system.AddTask("client", Client.Run)
                .Grant("prices", prices, CapRights.Write | CapRights.Grant)
                .Grant("telemetry", telemetry, CapRights.Write | CapRights.Grant);
        });
        builder.Services.AddRel4Telemetry();
    }

    internal static class Server
    {
        public static void Run()
        {
            using TracerProvider traces = Telemetry.StartTraces();
            ReL4.Run(() => PricesContract.ServeAsync(TaskContext.Endpoint("prices"), new Prices()));
        }

        private sealed class Prices : IPrices
        {
            public ValueTask<int> PriceAsync(string item) => new(item.Length);
        }
    }

    internal static class Client
    {
        public static void Run()
        {
            using TracerProvider traces = Telemetry.StartTraces();        // their end sends what is left
            using MeterProvider metrics = Telemetry.StartMetrics();
            ReL4.Run(async () =>
            {
                IPrices prices = PricesContract.Connect(TaskContext.Endpoint("prices"));
                Console.WriteLine(await prices.PriceAsync("tea"));
            });
        }
    }

    internal static class Telemetry
    {
        public static TracerProvider StartTraces() =>
            Sdk.CreateTracerProviderBuilder().AddSource("Rel4.Contracts").AddOtlpExporter(Connect).Build();

        public static MeterProvider StartMetrics() =>
            Sdk.CreateMeterProviderBuilder().AddMeter("Rel4").AddOtlpExporter(Connect).Build();

        private static void Connect(OtlpExporterOptions exporter)
        {
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.HttpClientFactory = () => new HttpClient(new SocketsHttpHandler().UseRel4(TaskContext.Endpoint("telemetry")));
        }
    }
}

[Contract]
public interface IPrices
{
    ValueTask<int> PriceAsync(string item);
}

using System.Diagnostics.Metrics;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Reads the meter <c>Rel4</c> of the calling process.</summary>
internal static class Metrics
{
    /// <summary>Gets a total as exporters make it, the sum of all that is said; 0 of an instrument that is not.</summary>
    public static long Total(string name) => Read(name).Sum(measurement => measurement.Value);

    /// <summary>Gets all that an instrument says now: for each open channel, and for those that have ended.</summary>
    public static IReadOnlyList<(ulong? Channel, long Value)> Read(string name)
    {
        var measurements = new List<(ulong?, long)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Rel4" && instrument.Name == name)
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => measurements.Add((tags.Length == 0 ? null : (ulong?)tags[0].Value, value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return measurements;
    }
}

using System.Diagnostics.Metrics;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Reads the meter <c>Rel4</c> of the calling process.</summary>
internal static class Metrics
{
    /// <summary>Gets a total as exporters make it, the sum of all that is said; 0 of an instrument that is not.</summary>
    /// <param name="name">The instrument's name; behind a slash the value of a tag, to count what has that only.</param>
    public static long Total(string name)
    {
        string[] parts = name.Split('/');
        return Read(parts[0]).Where(measurement => parts.Length == 1 || measurement.Tags.Any(tag => (string?)tag.Value == parts[1])).Sum(measurement => measurement.Value);
    }

    /// <summary>Gets all that an instrument says now.</summary>
    public static IReadOnlyList<(KeyValuePair<string, object?>[] Tags, long Value)> Read(string name)
    {
        var measurements = new List<(KeyValuePair<string, object?>[], long)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Rel4" && instrument.Name == name)
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => measurements.Add((tags.ToArray(), value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return measurements;
    }
}

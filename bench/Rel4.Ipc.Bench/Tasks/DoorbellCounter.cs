using System.Diagnostics.Metrics;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Counts the doorbells that this process rings, by reL4's meter.</summary>
internal sealed class DoorbellCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _value;

    public DoorbellCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Rel4", Name: "rel4.doorbells.rung" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, rings, _, _) => Interlocked.Add(ref _value, rings));
        _listener.Start();
    }

    /// <summary>Gets how many were rung since this counter was made.</summary>
    public long Value => Volatile.Read(ref _value);

    public void Dispose() => _listener.Dispose();
}

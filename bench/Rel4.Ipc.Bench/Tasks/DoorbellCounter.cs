using System.Diagnostics.Metrics;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Reads from reL4's meter how many doorbells this process has rung.</summary>
internal sealed class DoorbellCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _rung;

    public DoorbellCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Rel4", Name: "rel4.doorbells.rung" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, rung, _, _) => _rung += rung);
        _listener.Start();
    }

    /// <summary>Reads the count. Allocates.</summary>
    public long Read()
    {
        // There is a measurement for each endpoint and side.
        _rung = 0;
        _listener.RecordObservableInstruments();
        return _rung;
    }

    public void Dispose() => _listener.Dispose();
}

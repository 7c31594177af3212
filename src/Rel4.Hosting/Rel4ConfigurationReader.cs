using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Rel4.Hosting;

/// <summary>Reads options from the configuration, by hand: a binder by reflection would not be safe where code is trimmed.</summary>
internal sealed class Rel4ConfigurationReader(IConfiguration? configuration) : IConfigureOptions<Rel4Options>
{
    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidOperationException">A value makes no sense, or a key is unknown.</exception>
    public void Configure(Rel4Options options)
    {
        foreach (IConfigurationSection setting in configuration?.GetSection(Rel4Options.Section).GetChildren() ?? [])
        {
            switch (setting.Key.ToUpperInvariant())
            {
                case "GRACEPERIOD":
                    options.GracePeriod = TimeSpan.TryParse(setting.Value, CultureInfo.InvariantCulture, out TimeSpan period) && period >= TimeSpan.Zero
                        ? period : throw Refuse(setting, "no length of time, such as 00:00:10");
                    break;
                case "NAME":
                    options.Name = setting.Value;
                    break;
                case "ISOBSERVABLE":
                    options.IsObservable = ReadBoolean(setting);
                    break;
                case "ISCONTROLLABLE":
                    options.IsControllable = ReadBoolean(setting);
                    break;
                default:
                    throw new InvalidOperationException(
                        $"The configuration has '{setting.Path}', which reL4 does not know. The section has GracePeriod, Name, IsObservable and IsControllable.");
            }
        }
    }

    private static bool ReadBoolean(IConfigurationSection setting) =>
        bool.TryParse(setting.Value, out bool value) ? value : throw Refuse(setting, "neither 'true' nor 'false'");

    private static InvalidOperationException Refuse(IConfigurationSection setting, string why) =>
        new($"The configuration's '{setting.Path}' is '{setting.Value}', which is {why}.");
}

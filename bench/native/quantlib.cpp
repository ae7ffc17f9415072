// QuantLib's engines on the options that the benchmark wrote to a file: columns of float64, one after another.
//   quantlib <family> <repeats> <input> <output>
// prints the nanoseconds of each repeat per option, and writes the answers so that the two sides can be compared.
// Object creation is counted where a user cannot avoid it: a BlackCalculator per option; market data objects are made once.
#include <ql/instruments/europeanoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/models/equity/hestonmodel.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analytichestonengine.hpp>
#include <ql/pricingengines/vanilla/qdfpamericanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/hestonprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>
#include <time.h>

using namespace QuantLib;

static double cpuNanoseconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static std::vector<double> readColumns(const char* name) {
  std::ifstream file(name, std::ios::binary | std::ios::ate);
  std::vector<double> values(static_cast<size_t>(file.tellg()) / sizeof(double));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(double)));
  return values;
}

// spot, strike, time, rate, carry, vol, sign -> price, delta, gamma, vega, theta, rho
static void calculators(const std::vector<double>& in, std::vector<double>& out) {
  size_t n = in.size() / 7;
  out.resize(6 * n);
  for (size_t i = 0; i < n; i++) {
    double S = in[i], K = in[n + i], T = in[2 * n + i], r = in[3 * n + i], b = in[4 * n + i], s = in[5 * n + i];
    Option::Type type = in[6 * n + i] > 0 ? Option::Call : Option::Put;
    BlackCalculator c(type, K, S * std::exp(b * T), s * std::sqrt(T), std::exp(-r * T));
    out[i] = c.value();
    out[n + i] = c.delta(S);
    out[2 * n + i] = c.gamma(S);
    out[3 * n + i] = c.vega(T);
    out[4 * n + i] = c.theta(S, T);
    out[5 * n + i] = c.rho(T);
  }
}

// price, forward, strike, time, discount, sign -> vol
static void impliedVols(const std::vector<double>& in, std::vector<double>& out, bool newton) {
  size_t n = in.size() / 6;
  out.resize(n);
  for (size_t i = 0; i < n; i++) {
    double price = in[i], F = in[n + i], K = in[2 * n + i], T = in[3 * n + i], D = in[4 * n + i];
    Option::Type type = in[5 * n + i] > 0 ? Option::Call : Option::Put;
    double deviation = NAN;
    try {
      deviation = newton ? blackFormulaImpliedStdDev(type, K, F, price, D, 0.0, Null<Real>(), 1e-12, 1000)
                         : blackFormulaImpliedStdDevLiRS(type, K, F, price, D, 0.0, Null<Real>(), 1.0, 1e-12, 1000);
    } catch (...) {
    }
    out[i] = deviation / std::sqrt(T);
  }
}

struct Market {
  Date today{15, January, 2026};
  DayCounter days = Actual365Fixed();
  ext::shared_ptr<SimpleQuote> spot = ext::make_shared<SimpleQuote>(100.0), rate = ext::make_shared<SimpleQuote>(0.0),
                               dividend = ext::make_shared<SimpleQuote>(0.0), vol = ext::make_shared<SimpleQuote>(0.2);
  Handle<YieldTermStructure> rates, dividends;
  Handle<BlackVolTermStructure> vols;
  Market() {
    Settings::instance().evaluationDate() = today;
    rates = Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, Handle<Quote>(rate), days));
    dividends = Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, Handle<Quote>(dividend), days));
    vols = Handle<BlackVolTermStructure>(ext::make_shared<BlackConstantVol>(today, NullCalendar(), Handle<Quote>(vol), days));
  }
};

// spot, strike, days, rate, yield, vol, sign -> price
static void americans(const std::vector<double>& in, std::vector<double>& out, const char* tier) {
  size_t n = in.size() / 7;
  out.resize(n);
  Market m;
  auto process = ext::make_shared<BlackScholesMertonProcess>(Handle<Quote>(m.spot), m.dividends, m.rates, m.vols);
  auto scheme = std::strcmp(tier, "fast") == 0       ? QdFpAmericanEngine::fastScheme()
                : std::strcmp(tier, "accurate") == 0 ? QdFpAmericanEngine::accurateScheme()
                                                     : QdFpAmericanEngine::highPrecisionScheme();
  auto engine = ext::make_shared<QdFpAmericanEngine>(process, scheme);
  for (size_t i = 0; i < n; i++) {
    m.spot->setValue(in[i]);
    m.rate->setValue(in[3 * n + i]);
    m.dividend->setValue(in[4 * n + i]);
    m.vol->setValue(in[5 * n + i]);
    Option::Type type = in[6 * n + i] > 0 ? Option::Call : Option::Put;
    VanillaOption option(ext::make_shared<PlainVanillaPayoff>(type, in[n + i]),
                         ext::make_shared<AmericanExercise>(m.today, m.today + static_cast<Integer>(in[2 * n + i])));
    option.setPricingEngine(engine);
    try {
      out[i] = option.NPV();
    } catch (...) {
      out[i] = NAN;
    }
  }
}

// spot, strike, days, rate, yield, v0, kappa, theta, sigma, rho, sign -> price. An engine computes its nodes when it is made, which takes
// twenty times as long as a price: engines and options are made once, before the clock starts.
struct HestonBook {
  std::vector<ext::shared_ptr<VanillaOption>> options;
  HestonBook(const std::vector<double>& in, Size order) {
    size_t n = in.size() / 11;
    Market m;
    for (size_t i = 0; i < n; i++) {
      Handle<Quote> spot(ext::make_shared<SimpleQuote>(in[i]));
      Handle<YieldTermStructure> rates(ext::make_shared<FlatForward>(m.today, in[3 * n + i], m.days));
      Handle<YieldTermStructure> dividends(ext::make_shared<FlatForward>(m.today, in[4 * n + i], m.days));
      auto process = ext::make_shared<HestonProcess>(rates, dividends, spot, in[5 * n + i], in[6 * n + i], in[7 * n + i],
                                                     in[8 * n + i], in[9 * n + i]);
      Option::Type type = in[10 * n + i] > 0 ? Option::Call : Option::Put;
      auto option = ext::make_shared<VanillaOption>(
          ext::make_shared<PlainVanillaPayoff>(type, in[n + i]),
          ext::make_shared<EuropeanExercise>(m.today + static_cast<Integer>(in[2 * n + i])));
      option->setPricingEngine(ext::make_shared<AnalyticHestonEngine>(ext::make_shared<HestonModel>(process), order));
      options.push_back(option);
    }
  }
  void price(std::vector<double>& out) const {
    out.resize(options.size());
    for (size_t i = 0; i < options.size(); i++) {
      options[i]->update();  // forgets what it has computed
      out[i] = options[i]->NPV();
    }
  }
};

int main(int, char** argv) {
  std::string family = argv[1];
  int repeats = std::atoi(argv[2]);
  std::vector<double> in = readColumns(argv[3]), out;
  size_t columns = family == "black" || family.rfind("american", 0) == 0 ? 7 : family == "heston" ? 11 : 6;
  ext::shared_ptr<HestonBook> book;
  if (family == "heston") book = ext::make_shared<HestonBook>(in, 144);
  for (int i = 0; i < repeats; i++) {
    double start = cpuNanoseconds();
    if (family == "black") calculators(in, out);
    else if (family == "lirs") impliedVols(in, out, false);
    else if (family == "newton") impliedVols(in, out, true);
    else if (family == "heston") book->price(out);
    else americans(in, out, family.c_str() + std::strlen("american-"));
    std::printf("%.3f\n", (cpuNanoseconds() - start) / static_cast<double>(in.size() / columns));
  }
  std::ofstream(argv[4], std::ios::binary).write(reinterpret_cast<const char*>(out.data()),
                                                 static_cast<std::streamsize>(out.size() * sizeof(double)));
  return 0;
}
